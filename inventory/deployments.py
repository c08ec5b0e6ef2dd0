"""Which nodes of an inventory work together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from mmpctl.inventory.nodes import Node
from mmpctl.peers.deployment import Location, Membership, memberships


def deployments_of(everybody: Iterable[Node]) -> Mapping[str, Membership]:
    """Return with what each node works, by its name; nodes of which the inventory does not tell it are left out.

    Args:
        everybody: all nodes of the inventory.
    """
    return memberships(Location(node.name, node.site, node.cluster, node.serves) for node in everybody)


def with_neighbours(chosen: Collection[str], everybody: Collection[Node]) -> frozenset[str]:
    """Return the names of nodes and of all others that work with them; servers of no cluster come all or not at all.

    Args:
        chosen: names of the nodes.
        everybody: all nodes of the inventory.
    """
    members = deployments_of(everybody)
    together = {members[name].deployment for name in chosen if name in members}
    found = {*chosen, *(name for name, one in members.items() if one.deployment in together)}
    outside = {node.name for node in everybody if node.cluster is None}
    return frozenset(found | outside) if found & outside else frozenset(found)
