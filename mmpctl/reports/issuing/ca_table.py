"""A private CA for people: its certificates, how much it has issued, what to do."""

from __future__ import annotations

from rich.console import RenderableType

from mmpctl.documents.issuing.ca import CaDocument
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.widgets import bullets, counted, day, heading, mark, next_command, stack, table, words

_COLUMNS = (Column("Certificate"), Column("Subject"), Column("Valid until", firm=True), Column("State", firm=True))


def ca(document: CaDocument) -> RenderableType:
    """Return the document of `mmpctl ca`."""
    rows = [
        (
            words(one["name"] if one["current"] else f"{one['name']} (older)"),
            words(one["subject"]),
            day(one["not_after"]),
            mark(one["severity"]),
        )
        for one in document["certificates"]
    ]
    issued = document["issued"]
    ends = min((one["not_after"] for one in issued), default=None)
    told = f"{counted(len(issued), 'certificate')} issued"
    if ends is not None:
        told += f"; the first of them ends on {ends[:10]}"
    return stack(
        [
            heading(f"The CA of {document['name']} in {document['folder']}"),
            table(_COLUMNS, rows),
            words(f"{told}."),
            bullets(document["notes"]) if document["notes"] else None,
            next_command(*document["next"]) if document["next"] else None,
        ]
    )
