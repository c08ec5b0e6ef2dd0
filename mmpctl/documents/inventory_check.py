"""The document of `mmpctl inventory check`."""

from __future__ import annotations

from typing import Literal, TypedDict

from mmpctl.documents.forms import Role


class InventoryNode(TypedDict):
    """One node of the inventory."""

    name: str
    address: str
    role: Role | None


class InventoryCluster(TypedDict):
    """One cluster of the inventory; its name is null for the nodes without one."""

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
