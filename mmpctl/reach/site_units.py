"""What is renewed as a whole, and which site does it: clusters, and the groups in which services are renewed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mmpctl.cluster.database_words import DATABASE_CLUSTER
from mmpctl.cluster.role import Role
from mmpctl.inventory.deployments import groups_among, with_neighbours
from mmpctl.inventory.nodes import Cluster, Node, grouped
from mmpctl.reach.desk import Selected
from mmpctl.reach.site_inventory import nodes_around, one_that_renews, site_of_cluster
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.reach.verbs import PlanRequest
from mmpctl.services.service_words import SERVICES_JOB


@dataclass(frozen=True, slots=True)
class UnitAtSite:
    """What is planned and renewed as a whole.

    Args:
        job: that renews it.
        group: its nodes.
        at: the site that does it; None if none can.
        refusal: why none can.
    """

    job: str
    group: Cluster
    at: RemoteSite | None
    refusal: str = ""

    @property
    def name(self) -> str:
        """What runs and tickets call it."""
        return self.group.unit_name

    @property
    def nodes(self) -> frozenset[str]:
        """Inventory names of its nodes."""
        return frozenset(node.name for node in self.group.nodes)

    @property
    def site(self) -> str:
        """The name of the site, for people; of a group that no site can work on, that of its master."""
        return self.at.name if self.at is not None else next(iter(_sites_of(self.group)), "")


def units_at_sites(selected: Selected, wanted: PlanRequest) -> tuple[UnitAtSite, ...]:
    """Return what is planned and renewed.

    Args:
        selected: the nodes; whole clusters, unless services are renewed.
        wanted: clusters, or services of nodes.

    Raises:
        UsageError: a cluster has no site, or two could renew it.
    """
    return clusters_at_sites(selected) if wanted.services is None else groups_at_sites(selected)


def clusters_at_sites(selected: Selected) -> tuple[UnitAtSite, ...]:
    """Return the clusters of the nodes that were selected.

    Args:
        selected: whole clusters.

    Raises:
        UsageError: a cluster has no site, or two could renew it.
    """
    clusters = (cluster for cluster in grouped(selected.nodes) if cluster.name is not None)
    return tuple(
        UnitAtSite(DATABASE_CLUSTER, cluster, site_of_cluster(cluster, selected.sites)) for cluster in clusters
    )


def groups_at_sites(selected: Selected) -> tuple[UnitAtSite, ...]:
    """Return the groups of nodes whose services are renewed, with all their nodes: those at the edge first.

    Args:
        selected: the nodes that the renewal is about.

    Raises:
        UsageError: two sites could renew a group.
    """
    wanted = {node.name for node in selected.nodes}
    groups = (one for one in groups_among(selected.everybody) if any(node.name in wanted for node in one.nodes))
    return tuple(_group_at_site(one, selected.everybody, selected.sites) for one in groups)


def _group_at_site(group: Cluster, everybody: Sequence[Node], sites: Mapping[str, RemoteSite]) -> UnitAtSite:
    """Return a group with the site that sees it whole, and all that works with it: whoever checks its certificates."""
    needed = with_neighbours([node.name for node in group.nodes], everybody)
    missing = {
        name: sorted(needed - {node.name for node in nodes_around(name, everybody)}) for name in _sites_of(group)
    }
    whole = [sites[name] for name, without in missing.items() if not without and name in sites]
    if whole:
        return UnitAtSite(SERVICES_JOB, group, one_that_renews(whole, group.unit_name))
    return UnitAtSite(SERVICES_JOB, group, None, _why_none(missing, sites))


def _sites_of(group: Cluster) -> tuple[str, ...]:
    """Return the sites of a group; the master's comes first, as for its cluster."""
    in_order = sorted(group.nodes, key=lambda node: (node.role is not Role.MASTER, node.cluster is None))
    return tuple(dict.fromkeys(node.site for node in in_order if node.site is not None))


def _why_none(missing: Mapping[str, Sequence[str]], sites: Mapping[str, RemoteSite]) -> str:
    strange = [f"the file of sites has no site {name}" for name in missing if name not in sites]
    lacks = [
        f"the inventory of the site {name} lacks {', '.join(without)}"
        for name, without in missing.items()
        if name in sites
    ]
    advice = (
        "; no site sees all that works with it. Say with `serves` which cluster each server outside works with, and "
        "split the inventory again; or renew it from a machine that reaches all of them"
    )
    return "; ".join([*strange, *lacks]) + (advice if lacks else "") if missing else "none of its nodes has a site"
