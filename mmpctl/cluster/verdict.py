"""The verdict on a cluster: judged only if all its nodes were asked, and not called unhealthy if none answered."""

from __future__ import annotations

from typing import Final

from mmpctl.cluster.observed import ObservedCluster

HEALTHY: Final = "healthy"
NOT_HEALTHY: Final = "not healthy"
NOT_SEEN: Final = "not seen"
NOT_JUDGED: Final = "not judged"


def verdict_on(cluster: ObservedCluster, selected: int) -> str:
    """Judge a cluster.

    Args:
        cluster: all nodes of the inventory's cluster; those that were not asked or did not answer have no status.
        selected: how many of its nodes were asked.

    Returns:
        `not judged` where only some nodes were asked; `not healthy` where anything that a node shows speaks against the
        cluster; `not seen` where nothing does, and not every node was seen; else `healthy`.
    """
    if selected < len(cluster.nodes):
        return NOT_JUDGED
    seen = [node for node in cluster.nodes if node.answers]
    if not seen:
        return NOT_SEEN
    masters = cluster.masters
    if not any(node.role.has_database for node in seen):
        masters = frozenset({cluster.inventory_master.name})
    if len(masters) != 1 or not cluster.shows_no_fault(next(iter(masters))):
        return NOT_HEALTHY
    return HEALTHY if len(seen) == len(cluster.nodes) else NOT_SEEN
