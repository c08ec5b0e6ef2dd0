"""An audit as CSV, for spreadsheets: one row a certificate, and one for each node that was not seen."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from mmpctl.reports.audit_rows import Flat, flat
from mmpctl.reports.parts import Document

_WHERE = ("site", "cluster", "node", "address", "role")
_FACTS = (
    "use", "file", "place", "severity", "days_left", "not_before", "not_after", "subject", "issuer", "serial", "sha256",
    "key", "key_fits", "algorithm", "source",
)  # fmt: skip
COLUMNS = (*_WHERE, *_FACTS, "findings", "messages")
# A spreadsheet takes a cell that begins so for a formula, and would run it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def audit_csv(document: Document) -> str:
    """The audit as CSV after RFC 4180, with a line of headings.

    Args:
        document: of `mmpctl audit`.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in flat(document):
        writer.writerow(_harmless(value) for value in _cells(row))
    return text.getvalue()


def _cells(row: Flat) -> Iterator[object]:
    node, certificate = row.node, row.certificate
    findings = [*(certificate or node).get("findings", ())]
    yield from (
        node.get("site") or row.cluster["site"],
        row.cluster["name"],
        node["name"],
        node["address"],
        node["role"],
    )
    if certificate is not None:
        yield from (certificate.get(name) for name in _FACTS)
    else:
        yield from ("", "", "", row.severity, *("" for _ in _FACTS[4:]))
    yield " ".join(one["id"] for one in findings)
    yield " · ".join(one["message"] for one in findings)


def _harmless(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value
    text = "".join(letter if letter.isprintable() else " " for letter in str(value))
    return f"'{text}" if text.startswith(_FORMULA) or str(value).startswith(_FORMULA) else text
