"""An audit as CSV, for spreadsheets.

One row a certificate, one for each node that was not seen or has none, and one for each node and cluster with findings
of its own.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from mmpctl.documents.audit import AuditDocument
from mmpctl.documents.finding import FindingDocument
from mmpctl.reports.audit.rows import Flat, flat
from mmpctl.reports.audit.troubles import worst_of

_WHERE = ("site", "cluster", "node", "address", "role")
_FACTS = (
    "use", "file", "place", "severity", "days_left", "not_before", "not_after", "subject", "issuer", "serial", "sha256",
    "key", "key_fits", "algorithm", "source",
)  # fmt: skip
COLUMNS = (*_WHERE, *_FACTS, "findings", "messages")
# A spreadsheet takes a cell that begins so for a formula, and would run it; some take the full-width forms too.
_FORMULA = tuple("=+-@＝＋－＠")
# Letters that are drawn as nothing, though Python calls them printable: some programs skip them before a formula.
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"
# In many countries a spreadsheet begins a new cell at each semicolon, also within what we call one cell. A tab, which
# does the same, is no printable letter and becomes a blank.
_NEXT_CELL = re.compile(rf"(;[ {_BLANK}'\"]*)(?=[{re.escape(''.join(_FORMULA))}])")
# Without it, spreadsheets take UTF-8 for the character set of their country.
BOM = "\ufeff"


def audit_csv(document: AuditDocument) -> str:
    """Return the audit as CSV after RFC 4180, with a byte-order mark and a line of headings.

    Args:
        document: of `mmpctl audit`.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for cells in _rows(document):
        writer.writerow([_harmless(value) for value in cells])
    return BOM + text.getvalue()


def _rows(document: AuditDocument) -> Iterator[Sequence[object]]:
    """Yield each cluster's own row, then those of its nodes."""
    told: set[str] = set()
    for cluster in document["clusters"]:
        if cluster["findings"]:
            place = (cluster["site"], cluster["name"], "", "", "")
            yield _of_whole(place, "cluster", worst_of(cluster["findings"]), cluster["findings"])
        for row in flat([cluster]):
            where = _where(row)
            findings = row.node["findings"]
            if row.certificate is not None:
                if findings and row.node["name"] not in told:
                    yield _of_whole(where, "node", worst_of(findings), findings)
                told.add(row.node["name"])
                facts = [dict(row.certificate)[name] for name in _FACTS]
                yield (*where, *facts, *_said(row.certificate["findings"]))
            else:
                yield _of_whole(where, "node" if row.node["reachable"] and findings else "", row.severity, findings)


def _where(row: Flat) -> tuple[object, ...]:
    node = row.node
    return node["site"] or row.cluster["site"], row.cluster["name"], node["name"], node["address"], node["role"]


def _of_whole(
    where: tuple[object, ...], use: str, severity: str, findings: Sequence[FindingDocument]
) -> tuple[object, ...]:
    return (*where, use, "", "", severity, *("" for _ in _FACTS[4:]), *_said(findings))


def _said(findings: Sequence[FindingDocument]) -> tuple[str, str]:
    return " ".join(one["id"] for one in findings), " · ".join(one["message"] for one in findings)


def _harmless(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value
    text = "".join(letter if letter.isprintable() else " " for letter in str(value))
    text = _NEXT_CELL.sub(r"\1'", text)
    return f"'{text}" if text.lstrip(f" {_BLANK}").startswith(_FORMULA) else text
