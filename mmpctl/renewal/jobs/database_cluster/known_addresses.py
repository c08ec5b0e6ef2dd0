"""A cluster by what its nodes say alone, and the addresses by which they know each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.role import Role
from mmpctl.cluster.status import DatabaseStatus
from mmpctl.cluster.unseen import doubtful_names
from mmpctl.inventory.addresses import addresses_of
from mmpctl.inventory.nodes import Cluster, Node


def observed_cluster(
    group: Cluster,
    statuses: Mapping[str, DatabaseStatus],
    resolved: Iterable[Mapping[str, frozenset[str]]] = (),
) -> ObservedCluster:
    """Return the nodes of a cluster with what they say, without a look at their files.

    Args:
        group: the cluster, as the inventory knows it.
        statuses: by inventory name; a node that is not in it did not answer.
        resolved: addresses of names, as they were found near the nodes: not every name means the same here.
    """
    known: dict[str, frozenset[str]] = {}
    for found in resolved:
        for name, addresses in found.items():
            known[name] = known.get(name, frozenset()) | addresses

    def resolve(name: str) -> frozenset[str]:
        return known[name] if name in known else addresses_of(name)

    nodes = tuple(replace(unseen(node, resolve), status=statuses.get(node.name)) for node in group.nodes)
    return with_aliases(ObservedCluster(group.name or "", nodes), resolve)


def unseen(node: Node, resolve: Callable[[str], frozenset[str]] = addresses_of) -> ObservedNode:
    """Return a node of which only the inventory tells.

    Args:
        node: of the inventory.
        resolve: gives the addresses of a name.
    """
    known_as = resolve(node.db_address) | {node.db_address}
    return ObservedNode(node.name, node.role or Role.CLIENT, node.db_address, known_as, called=node.hostname)


def with_aliases(cluster: ObservedCluster, resolve: Callable[[str], frozenset[str]] = addresses_of) -> ObservedCluster:
    """Return a cluster with the addresses of all names that its nodes use for each other.

    Args:
        cluster: its nodes with what they say.
        resolve: gives the addresses of a name.
    """
    addresses = {address for node in cluster.nodes if node.status for address in node.status.named}
    addresses |= doubtful_names(cluster)
    return replace(cluster, aliases={address: resolve(address) for address in addresses})
