"""What is in place after signing, for people."""

from __future__ import annotations

from rich.console import RenderableType

from mmpctl.documents.issuing.sign import SignDocument, SignedNodeDocument
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.widgets import bullets, counted, day, heading, next_command, stack, table, words

_COLUMNS = (
    Column("Cluster"),
    Column("Node"),
    Column("File"),
    Column("Subject"),
    Column("Valid until", firm=True),
    Column("From"),
)


def sign(document: SignDocument) -> RenderableType:
    """Return the document of `mmpctl sign`."""
    nodes = document["nodes"]
    rows = [
        (
            words(node["cluster"]),
            words(node["name"]),
            words(one["file"].rpartition("/")[2]),
            words(one["subject"]),
            day(one["not_after"]),
            words(one["from"]),
        )
        for node in nodes
        for one in node["files"]
    ]
    missing = [f"{node['name']}: {text}" for node in nodes for text in node["missing"]]
    notes = [*(f"{node['name']}: {text}" for node in nodes for text in _notes(node)), *document["notes"]]
    whole = sum(not node["missing"] for node in nodes)
    return stack(
        [
            heading(f"{document['folder']}: {whole} of {counted(len(nodes), 'node')} complete"),
            words(_signed(document)) if document["wanted"] or not missing else None,
            table(_COLUMNS, rows) if rows else None,
            bullets(missing, "✗", "bold red") if missing else None,
            words(document["cure"]) if document["cure"] else None,
            bullets(notes) if notes else None,
            next_command(document["next"]) if document["next"] else None,
        ]
    )


def _signed(document: SignDocument) -> str:
    wanted, signed = document["wanted"], document["signed"]
    if not wanted:
        return "Nothing was to be signed: each certificate is there and lasts. Give --again to sign all the same."
    stays = any(one["files"] for one in document["nodes"]) and signed < wanted
    return f"{signed} of {wanted} signed{', the earlier certificates stay' if stays else ''}."


def _notes(node: SignedNodeDocument) -> list[str]:
    kept = [f"the file that was there is kept as {one['kept']}" for one in node["files"] if one["kept"]]
    return [*node["notes"], *kept]
