"""Check an inventory without touching a device."""

from __future__ import annotations

from pathlib import Path

from nornir.core import Nornir

from mmpctl.documents.inventory_check import InventoryCheckDocument
from mmpctl.inventory.nodes import clusters_of, nodes_of


def run(nr: Nornir, inventory: Path) -> InventoryCheckDocument:
    """Return what a checked inventory holds; loading it has found no problem.

    Args:
        nr: loaded by `mmpctl.inventory.load`, which raises for every problem.
        inventory: where it lies.

    Returns:
        The JSON document: sites, clusters and their nodes.
    """
    return {
        "schema": 1,
        "command": "inventory check",
        "ok": True,
        "inventory": str(inventory),
        "sites": sorted({node.site for node in nodes_of(nr) if node.site is not None}),
        "clusters": [
            {
                "name": group.name,
                "site": group.site,
                "nodes": [
                    {
                        "name": node.name,
                        "site": node.site,
                        "address": f"{node.hostname}:{node.port}",
                        "role": node.role.value if node.role else None,
                    }
                    for node in group.nodes
                ],
            }
            for group in clusters_of(nr)
        ],
        "problems": [],
    }
