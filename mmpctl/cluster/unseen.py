"""Members that nobody shows: what a cluster that says Disabled everywhere cannot tell, and the traces that do."""

from __future__ import annotations

from collections.abc import Iterator

from mmpctl.cluster.observed import ObservedCluster

_SIZES = (3, 5)


def shows_members(cluster: ObservedCluster) -> bool:
    """Tell whether any node lists the members of its cluster.

    Args:
        cluster: what was observed.
    """
    return any(node.status.nodes for node in cluster.nodes if node.status is not None)


def unseen_members(cluster: ObservedCluster) -> Iterator[str]:
    """What speaks for a node that the inventory lacks, where no list of members shows it; one sentence each.

    Args:
        cluster: what was observed.
    """
    if shows_members(cluster):
        return
    yield (
        f"no node lists the members of its cluster: whether the inventory has all nodes of {cluster.name} cannot be "
        "seen. Count them: a node that is missing is not renewed, and stays behind with a database of its own"
    )
    count = len(cluster.databases)
    if count not in _SIZES:
        nodes = "one database" if count == 1 else f"{count} databases"
        yield f"the inventory has {nodes} in {cluster.name}; a database cluster has three, or five"
    for node in cluster.nodes:
        words = ((node.status.last_command if node.status else None) or "").split()
        if words[:2] == ["database", "cluster"] and words[2:3] in (["join"], ["connect"]):
            address = " ".join(words[3:])
            if cluster.owner(address) is None:
                yield (
                    f"{node.name}'s last command is '{' '.join(words)}', and {address} is no node of the inventory's "
                    f"cluster {cluster.name}: find out which node that is"
                )
