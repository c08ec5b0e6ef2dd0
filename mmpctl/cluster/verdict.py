"""The verdict on a cluster: judged only if all its nodes were asked, and not called unhealthy if none answered."""

from __future__ import annotations

from mmpctl.cluster.observed import ObservedCluster
from mmpctl.enums import Word


class Health(Word):
    """The verdict on a cluster; those that need somebody come first."""

    NOT_HEALTHY = "not healthy"
    NOT_SEEN = "not seen"
    NOT_JUDGED = "not judged"
    HEALTHY = "healthy"


def verdict_on(cluster: ObservedCluster, selected: int) -> Health:
    """Judge a cluster.

    Args:
        cluster: all nodes of the inventory's cluster; those that were not asked or did not answer have no status.
        selected: how many of its nodes were asked.

    Returns:
        `not judged` where only some nodes were asked; `not healthy` where anything that a node shows speaks against the
        cluster; `not seen` where nothing does, and not every node was seen; else `healthy`.
    """
    if selected < len(cluster.nodes):
        return Health.NOT_JUDGED
    seen = [node for node in cluster.nodes if node.answers]
    if not seen:
        return Health.NOT_SEEN
    masters = cluster.masters
    if not any(node.role.has_database for node in seen):
        masters = frozenset({cluster.inventory_master.name})
    if len(masters) != 1 or not cluster.shows_no_fault(next(iter(masters))):
        return Health.NOT_HEALTHY
    return Health.HEALTHY if len(seen) == len(cluster.nodes) else Health.NOT_SEEN
