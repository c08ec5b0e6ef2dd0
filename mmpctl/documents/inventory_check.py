"""The document of `mmpctl inventory check`."""

from __future__ import annotations

from typing import Literal, TypedDict

from mmpctl.documents.forms import Role


class InventoryNode(TypedDict):
    """One node of the inventory."""

    name: str
    site: str | None
    address: str
    role: Role | None


class InventoryCluster(TypedDict):
    """One cluster of the inventory; its name is null for nodes without one, its site if they are of several."""

    name: str | None
    site: str | None
    nodes: list[InventoryNode]


class InventoryCheckDocument(TypedDict):
    """What a checked inventory holds."""

    schema: Literal[1]
    command: Literal["inventory check"]
    ok: bool
    inventory: str
    sites: list[str]
    clusters: list[InventoryCluster]
    problems: list[str]
