"""A checked inventory for people."""

from __future__ import annotations

from rich.console import RenderableType

from mmpctl.documents.inventory_check import InventoryCheckDocument
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.sentences import Sentence
from mmpctl.reports.widgets import bullets, counted, stack, table, words

_COLUMNS = (Column("Cluster"), Column("Site"), Column("Node"), Column("Address"), Column("Role", firm=True))


def inventory(document: InventoryCheckDocument) -> RenderableType:
    """Return the document of `mmpctl inventory check`."""
    clusters = document["clusters"]
    rows = [
        (words(one["name"]), words(node["site"]), words(node["name"]), words(node["address"]), words(node["role"]))
        for one in clusters
        for node in one["nodes"]
    ]
    named = sum(one["name"] is not None for one in clusters)
    found = (
        f"{counted(len(rows), 'node')}, {counted(named, 'cluster')}, "
        f"{counted(len(document['sites']), 'site')} ({', '.join(document['sites']) or 'none is named'})"
    )
    verdict = "✓ OK" if document["ok"] else "✗ NOT OK"
    return stack(
        [
            table(_COLUMNS, rows) if rows else None,
            bullets(document["problems"], "✗", "bold red") if document["problems"] else None,
            Sentence(
                words(f"{verdict} · {document['inventory']}: {found}", "bold green" if document["ok"] else "bold red")
            ),
        ]
    )
