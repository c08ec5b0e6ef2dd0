"""Checked inventories as documents; literal with the document's own type, since a real one is made of files."""

from __future__ import annotations

from typing import Any

from mmpctl.documents.inventory_check import InventoryCheckDocument


def inventory() -> Any:
    """An inventory of one cluster, and a node without one."""
    found: InventoryCheckDocument = {
        "schema": 1,
        "command": "inventory check",
        "ok": True,
        "inventory": "inventory",
        "sites": ["london", "new york"],
        "clusters": [
            {
                "name": "lon-prod",
                "site": "london",
                "nodes": [{"name": "lon-1", "site": "london", "address": "10.106.85.73:22", "role": "master"}],
            },
            {
                "name": None,
                "site": None,
                "nodes": [{"name": "edge-1", "site": "new york", "address": "10.106.85.90:22", "role": None}],
            },
        ],
        "problems": [],
    }
    return found
