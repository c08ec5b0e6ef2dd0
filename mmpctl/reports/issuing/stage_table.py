"""The new files on the nodes before the window, for people."""

from __future__ import annotations

from rich.console import RenderableType

from mmpctl.documents.issuing.stage import StageDocument
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.widgets import (
    bullets,
    counted,
    heading,
    next_command,
    stack,
    table,
    words,
)

_COLUMNS = (
    Column("Cluster", firm=True),
    Column("Node", firm=True),
    Column("File", firm=True),
    Column("On the node"),
    Column("State", firm=True),
)


def stage(document: StageDocument) -> RenderableType:
    """Return the document of `mmpctl stage`."""
    clusters = document["clusters"]
    nodes = [(cluster["name"], node) for cluster in clusters for node in cluster["nodes"]]
    rows = [
        (words(name), words(node["name"]), words(one["file"]), words(one["device"]), words(one["state"]))
        for name, node in nodes
        for one in node["files"]
    ]
    reasons = [f"{cluster['name']}: {reason}" for cluster in clusters for reason in cluster["reasons"]]
    errors = [f"{node['name']}: {node['error']}" for _, node in nodes if node["error"]]
    whole = sum(node["error"] is None for _, node in nodes)
    told = "Nothing was sent" if reasons else f"The new files are on {whole} of {counted(len(nodes), 'node')}"
    return stack(
        [
            heading(told),
            table(_COLUMNS, rows) if rows else None,
            bullets([*reasons, *errors], "✗", "bold red") if reasons or errors else None,
            next_command(document["next"]) if document["next"] else None,
        ]
    )
