"""An audit as the answer of a Nagios plugin: one status line with performance data, and an exit code."""

from __future__ import annotations

from collections.abc import Iterator

from mmpctl.documents.audit import AuditDocument
from mmpctl.errors import MmpError
from mmpctl.reports.audit.counts import Counts, counts
from mmpctl.reports.audit.rows import flat
from mmpctl.reports.audit.troubles import troubles
from mmpctl.reports.widgets import counted
from mmpctl.severity import BAD, WRONG, Severity

UNKNOWN = 3
_WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
_NAMED = 3


def audit_nagios(document: AuditDocument) -> tuple[str, int]:
    """Return the status line and the exit code: 0 ok, 1 due, 2 expired or unfit, 3 something was not seen.

    Args:
        document: of `mmpctl audit`.
    """
    found, code = counts(document), _code(document)
    where = list(dict.fromkeys(_worst(document)))
    named = f" ({'; '.join(where[:_NAMED])}{'; …' if len(where) > _NAMED else ''})" if where else ""
    days = [row.certificate["days_left"] for row in flat(document["clusters"]) if row.certificate]
    least = min((day for day in days if day is not None), default=None)
    numbers = {"nodes": found.nodes, "unreachable": found.unseen, "certificates": found.certificates}
    numbers |= {name: found.severities[name] for name in (Severity.EXPIRED, Severity.DUE)}
    data = [f"{name}={number};;;0" for name, number in numbers.items()]
    data += [f"least_days={least};;;"] if least is not None else []
    # A bar begins the performance data.
    line = f"{_line(code, ', '.join(_told(found)) + named)} | {' '.join(data)}\n"
    return line, code


def nagios_failure(error: MmpError) -> tuple[str, int]:
    """Return the status line and the exit code if no audit could be made.

    Args:
        error: why.
    """
    return _line(UNKNOWN, str(error)) + "\n", UNKNOWN


def _line(code: int, what: str) -> str:
    # A line is all that is read.
    line = f"CMS CERTIFICATES {_WORDS[code]} - {what}".replace("|", "/")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in line).split())


def _told(found: Counts) -> Iterator[str]:
    """Yield the numbers of faults; certificates are counted in any case."""
    if found.clusters_not_well:
        yield f"{counted(found.clusters_not_well, 'cluster')} not well"
    if found.nodes_not_well:
        yield f"{counted(found.nodes_not_well, 'node')} not well"
    wrong = [f"{found.severities[name]} {name}" for name in WRONG if found.severities[name]]
    yield from wrong
    if found.unseen:
        yield f"{found.unseen} of {found.nodes} nodes not seen"
    if not found.certificates:
        yield "no certificate was seen"
    elif not wrong:
        seen = " seen" if found.unseen else ""
        yield f"all {counted(found.certificates, 'certificate')}{seen} in order"


def _code(document: AuditDocument) -> int:
    severities = {row.severity for row in flat(document["clusters"])}
    severities |= {one.finding["severity"] for one in troubles(document)}
    if any(one["in_sync"] is False for one in document["clusters"]) or not severities.isdisjoint(BAD):
        return 2
    found = counts(document)
    if Severity.UNKNOWN in severities or found.unseen:
        return UNKNOWN
    if not found.certificates:
        # That nothing is wrong was not seen either.
        return UNKNOWN
    return 1 if Severity.DUE in severities else 0


def _worst(document: AuditDocument) -> Iterator[str]:
    """Yield the names of what is bad: whole clusters and nodes first, since they may cause many others."""
    for one in troubles(document):
        if one.finding["severity"] in BAD:
            yield f"{one.where} {one.finding['id']}"
    for row in flat(document["clusters"]):
        if row.certificate and row.severity in BAD:
            yield f"{row.node['name']} {row.certificate['use']}"
