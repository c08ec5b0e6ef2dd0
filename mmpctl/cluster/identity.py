"""Whether the nodes are who the inventory says that they are, and nobody else is among them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from mmpctl.cluster.observed import ObservedCluster, folded


def identities(cluster: ObservedCluster) -> Iterator[str]:
    """Yield why a node may be another one than the inventory says, one sentence each with the cure.

    Args:
        cluster: what was observed.
    """
    seen: dict[str, str] = {}
    for node in cluster.nodes:
        if not node.answers:
            continue
        if node.host_key and node.host_key in seen:
            yield (
                f"{seen[node.host_key]} and {node.name} show the same host key ({node.host_key}): "
                "two inventory names for one node, or cloned machines; give each machine a host key of its own"
            )
        seen.setdefault(node.host_key, node.name)
        namesake = next((other.name for other in cluster.nodes if node.hostname and node.is_called(other.name)), None)
        if namesake is not None and not node.is_called(node.name):
            yield (
                f"{node.name} answers with the prompt {node.hostname!r}, which is the name of {namesake}: the "
                "addresses of the two are swapped in the inventory, or one has the other's host name; correct it"
            )
        me = node.status.me if node.status else None
        if me is None:
            continue
        owner = cluster.owner(me.address)
        if owner is None or owner.name != node.name:
            yield (
                f"{node.name} shows {me.address} as its own address, the inventory's db_address is "
                f"{node.db_address}: correct db_address, or the addresses of two nodes are swapped"
            )


def addresses(cluster: ObservedCluster) -> Iterator[str]:
    """Yield which nodes cannot be told apart by their addresses, one sentence each with the cure.

    Args:
        cluster: what was observed.
    """
    for one, other in combinations(cluster.nodes, 2):
        shared = sorted(folded(one.known_as) & folded(other.known_as))
        if shared:
            yield (
                f"{one.name} and {other.name} share the address {', '.join(shared)}: give each a db_address of its own"
            )


def members(cluster: ObservedCluster) -> Iterator[str]:
    """Yield which members the inventory lacks, one sentence each with the cure.

    Args:
        cluster: what was observed.
    """
    strangers: dict[str, list[str]] = {}
    for node in cluster.nodes:
        for member in node.status.nodes if node.status else ():
            if cluster.owner(member.address) is None:
                strangers.setdefault(member.address, []).append(node.name)
    for address, seers in strangers.items():
        yield (
            f"{', '.join(seers)} show a member {address} that the inventory's cluster {cluster.name} lacks: "
            "add the node to the inventory, or correct its db_address"
        )
