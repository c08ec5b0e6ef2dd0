"""The backups for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.text import Text

from mmpctl.documents.backup import BackedUpNode, BackupDocument
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.sentences import Sentence
from mmpctl.reports.wide_table import WideTable
from mmpctl.reports.widgets import bullets, counted, size, stack, words

_COLUMNS = (
    Column("Node"),
    Column("Cluster"),
    Column("File"),
    Column("Size", firm=True, right=True),
    Column("SHA-256", firm=True),
    Column("State", firm=True),
)


def backup(document: BackupDocument) -> RenderableType:
    """Return the document of `mmpctl backup`."""
    nodes = document["nodes"]
    failed = [node for node in nodes if not node["ok"]]
    files = [file for node in nodes if node["ok"] for file in node["files"]]
    total = size(sum(file["bytes"] for file in files))
    told = (
        f"{len(nodes) - len(failed)} of {counted(len(nodes), 'node')} backed up, {counted(len(files), 'file')}, {total}"
    )
    folder = document["folder"]
    here = f"in {folder}" if folder is not None else "at their sites"
    gone = "on this machine" if folder is not None else "at the sites"
    pruned = sum(len(node.get("pruned", ())) for node in nodes)
    return stack(
        [
            WideTable(_COLUMNS, [row for node in nodes for row in _rows(node)], kept=2),
            bullets(_whys(failed), "✗", "bold red") if failed else None,
            Sentence(words(f"{told}, {here}", "bold")),
            words(f"{counted(pruned, 'older backup')} deleted {gone}; nothing was deleted on a node.")
            if pruned
            else None,
            words("The files contain private keys: keep them in a place that only you can read.") if files else None,
        ]
    )


def _whys(failed: Iterable[BackedUpNode]) -> Iterator[str]:
    """Yield why nodes were not backed up: what is the same of several, such as a site that is away, once."""
    same: dict[str, list[str]] = {}
    for node in failed:
        same.setdefault(node["error"] or "no reason is known", []).append(node["name"])
    return (f"{', '.join(names)}: {why}" for why, names in same.items())


def _rows(node: BackedUpNode) -> list[tuple[Text, ...]]:
    name, cluster = words(node["name"]), words(node["cluster"])
    if not node["ok"] or not node["files"]:
        return [(name, cluster, words(None), words(None), words(None), words("✗ FAILED", "bold red"))]
    return [
        (
            name,
            cluster,
            words(file["name"]),
            words(size(file["bytes"])),
            words(file["sha256"][:12]),
            words("✓ OK", "green"),
        )
        for file in node["files"]
    ]
