"""The new files on the nodes before the window, for people."""

from __future__ import annotations

from rich.console import RenderableType

from mmpctl.documents.issuing.stage import StageDocument
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.widgets import (
    bullets,
    clusters_option,
    counted,
    heading,
    next_command,
    stack,
    table,
    with_options,
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
    plan = f"mmpctl plan {clusters_option(cluster['name'] for cluster in clusters)}"
    return stack(
        [
            heading(told),
            table(_COLUMNS, rows) if rows else None,
            bullets([*reasons, *errors], "✗", "bold red") if reasons or errors else None,
            None
            if reasons or errors
            else next_command(with_options(document, plan, "certs", "inventory", "known_hosts", "ssh_config")),
        ]
    )
