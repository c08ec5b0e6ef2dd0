"""A checked inventory for people."""

from __future__ import annotations

import ipaddress
from typing import Final

from rich.console import RenderableType

from mmpctl.documents.inventory_check import InventoryCheckDocument
from mmpctl.reports.audit.answer import named
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.sentences import Sentence
from mmpctl.reports.widgets import bullets, counted, stack, table, words

_COLUMNS = (Column("Cluster"), Column("Site"), Column("Node"), Column("Address"), Column("Role", firm=True))

# RFC 5737: for documents. The inventory of `mmpctl init` has them until somebody writes servers in their place.
_EXAMPLES: Final = tuple(map(ipaddress.IPv4Network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))


def inventory(document: InventoryCheckDocument) -> RenderableType:
    """Return the document of `mmpctl inventory check`."""
    clusters = document["clusters"]
    rows = [
        (words(one["name"]), words(node["site"]), words(node["name"]), words(node["address"]), words(node["role"]))
        for one in clusters
        for node in one["nodes"]
    ]
    number = sum(one["name"] is not None for one in clusters)
    found = (
        f"{counted(len(rows), 'node')}, {counted(number, 'cluster')}, "
        f"{counted(len(document['sites']), 'site')} ({', '.join(document['sites']) or 'none is named'})"
    )
    examples = [node["name"] for one in clusters for node in one["nodes"] if _is_example(node["address"])]
    odd = f"{named(examples)}: these addresses are examples and belong to nobody. Write those of your servers."
    verdict = "✓ OK" if document["ok"] else "✗ NOT OK"
    return stack(
        [
            table(_COLUMNS, rows) if rows else None,
            bullets(document["problems"], "✗", "bold red") if document["problems"] else None,
            bullets([odd], "!", "yellow") if examples else None,
            Sentence(
                words(f"{verdict} · {document['inventory']}: {found}", "bold green" if document["ok"] else "bold red")
            ),
        ]
    )


def _is_example(address: str) -> bool:
    try:
        host = ipaddress.IPv4Address(address.rpartition(":")[0])
    except ValueError:
        return False
    return any(host in net for net in _EXAMPLES)
