"""Which nodes of an inventory work together, and in which groups their services are renewed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from nornir.core import Nornir
from nornir.core.inventory import Host

from mmpctl.inventory.nodes import STANDALONE, Cluster, Node, node_of, nodes_of
from mmpctl.peers.deployment import Location, Membership, memberships

_UNFIT = frozenset('/\\=:"')


def deployments_of(everybody: Iterable[Node]) -> Mapping[str, Membership]:
    """Return with what each node works, by its name; nodes of which the inventory does not tell it are left out.

    Args:
        everybody: all nodes of the inventory.
    """
    return memberships(Location(node.name, node.site, node.cluster, node.serves) for node in everybody)


def with_neighbours(chosen: Collection[str], everybody: Collection[Node]) -> frozenset[str]:
    """Return the names of nodes and of all others that work with them, or are in a group with one of these.

    Args:
        chosen: names of the nodes.
        everybody: all nodes of the inventory.
    """
    members = deployments_of(everybody)
    together = {members[name].deployment for name in chosen if name in members}
    found = {*chosen, *(name for name, one in members.items() if one.deployment in together)}
    groups = {group_of_node(node) for node in everybody if node.name in found}
    return frozenset(node.name for node in everybody if group_of_node(node) in groups)


def groups_of(nr: Nornir) -> tuple[Cluster, ...]:
    """Return the groups in which services are renewed, those of no cluster first: they are at the edge.

    A group has the nodes of a cluster with the servers outside that serve it, or the servers of a site that the
    inventory gives to no cluster. Of a group, never two services of a kind are down together.

    Args:
        nr: filtered by the caller to whole groups.

    Returns:
        The groups; in each the servers outside the cluster come first.
    """
    return groups_among(nodes_of(nr))


def groups_among(nodes: Iterable[Node]) -> tuple[Cluster, ...]:
    """Return the groups of nodes as `groups_of` does.

    Args:
        nodes: whole groups.
    """
    found: dict[str, list[Node]] = {}
    for node in nodes:
        found.setdefault(group_of_node(node), []).append(node)
    groups = (
        Cluster(name, tuple(sorted(members, key=lambda node: node.cluster is not None)))
        for name, members in found.items()
    )
    return tuple(sorted(groups, key=lambda group: not is_standalone(group.unit_name)))


def group_of(host: Host) -> str:
    """Return what runs of services call the group that a host is one of.

    Args:
        host: of a checked inventory.
    """
    return group_of_node(node_of(host))


def is_standalone(group: str) -> bool:
    """Return whether a group is of servers that the inventory gives to no cluster.

    Args:
        group: its name.
    """
    return group.startswith(STANDALONE)


def group_of_node(node: Node) -> str:
    """Return what runs of services call the group that a node is one of.

    Args:
        node: of the inventory.
    """
    if node.cluster or node.serves:
        return node.cluster or node.serves or ""
    # A site is any word, and runs keep files under the names of groups.
    site = "".join("-" if one in _UNFIT or not one.isprintable() else one for one in node.site or "").strip()
    return f"{STANDALONE} of {site}" if site else STANDALONE
