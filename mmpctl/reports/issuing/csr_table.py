"""The requests that were made, for people."""

from __future__ import annotations

from rich.console import RenderableType

from mmpctl.documents.issuing.csr import CsrDocument, RequestedNodeDocument
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.widgets import bullets, counted, heading, next_command, stack, table, words

_COLUMNS = (
    Column("Cluster"),
    Column("Node"),
    Column("Request"),
    Column("Subject"),
    Column("Key on the node"),
)


def csr(document: CsrDocument) -> RenderableType:
    """Return the document of `mmpctl csr`."""
    nodes = document["nodes"]
    rows = [
        (
            words(node["cluster"]),
            words(node["name"]),
            words(one["file"].rpartition("/")[2]),
            words(one["subject"]),
            words(one["device_key"] or "none, it lies beside the request"),
        )
        for node in nodes
        for one in node["requests"]
    ]
    errors = [f"{node['name']}: {node['error']}" for node in nodes if node["error"]]
    notes = [f"{node['name']}: {text}" for node in nodes for text in _notes(node)]
    whole = sum(bool(node["requests"]) for node in nodes)
    return stack(
        [
            heading(f"{document['folder']}: requests of {whole} of {counted(len(nodes), 'node')} made"),
            table(_COLUMNS, rows) if rows else None,
            bullets(errors, "✗", "bold red") if errors else None,
            bullets(notes) if notes else None,
            words(document["reason"], "bold") if document["reason"] else None,
            next_command(document["next"]) if document["next"] else None,
        ]
    )


def csr_open(document: CsrDocument) -> RenderableType:
    """Return what is shown before more requests are made although earlier ones are open."""
    notes = [f"{node['name']}: {text}" for node in document["nodes"] for text in _notes(node)]
    return stack([heading("Requests that were made earlier and are not used yet"), bullets(notes)])


def _notes(node: RequestedNodeDocument) -> list[str]:
    unused = node["unused"]
    made = "was made for a request, and nothing uses it yet"
    if len(unused) > 1:
        made = "were made for requests, and nothing uses them yet"
    told = [f"{' and '.join(unused)} on the node {made}"] if unused else []
    kept = [f"the request that was there is kept in {node['kept']}"] if node["kept"] else []
    return [*told, *node["notes"], *kept]
