"""An audit as the answer of a Nagios plugin: one status line with performance data, and an exit code."""

from __future__ import annotations

from collections.abc import Iterator

from mmpctl.reports.audit_rows import flat
from mmpctl.reports.parts import Document

_WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
_NAMED = 3


def audit_nagios(document: Document) -> tuple[str, int]:
    """The status line and the exit code: 0 ok, 1 due, 2 expired or unfit, 3 something was not seen.

    Args:
        document: of `mmpctl audit`.
    """
    summary = document["summary"]
    code = _code(document)
    told = [f"{summary[name]} {name}" for name in ("expired", "unfit", "unknown", "due") if summary.get(name)]
    if summary["unreachable"]:
        told.append(f"{summary['unreachable']} of {summary['nodes']} nodes not seen")
    what = ", ".join(told) or f"all {summary['certificates']} certificates are in order"
    where = list(_worst(document))
    named = f" ({'; '.join(where[:_NAMED])}{'; …' if len(where) > _NAMED else ''})" if where else ""
    days = [row.certificate["days_left"] for row in flat(document) if row.certificate]
    least = min((day for day in days if day is not None), default=None)
    data = [f"{name}={summary.get(name, 0)};;;0" for name in ("nodes", "unreachable", "certificates", "expired", "due")]
    data += [f"least_days={least};;;"] if least is not None else []
    # A bar begins the performance data, and a line is all that is read.
    line = f"CMS CERTIFICATES {_WORDS[code]} - {what}{named}".replace("|", "/")
    return f"{''.join(letter if letter.isprintable() else ' ' for letter in line)} | {' '.join(data)}\n", code


def _code(document: Document) -> int:
    severities = {row.severity for row in flat(document)}
    severities |= {finding["severity"] for cluster in document["clusters"] for finding in cluster.get("findings", ())}
    if severities & {"expired", "unfit"}:
        return 2
    if "unknown" in severities:
        return 3
    return 1 if "due" in severities else 0


def _worst(document: Document) -> Iterator[str]:
    rows = [row for row in flat(document) if row.severity in ("expired", "unfit")]
    for row in rows:
        yield f"{row.node['name']} {row.certificate['use']}" if row.certificate else row.node["name"]
    for cluster in document["clusters"]:
        for finding in cluster.get("findings", ()):
            if finding["severity"] in ("expired", "unfit"):
                yield f"{cluster['name']} {finding['id']}"
