"""Every cluster as its nodes see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nornir.core import Nornir

from mmpctl.cluster.status import DatabaseStatus
from mmpctl.device.parse import to_json
from mmpctl.errors import ConnectError
from mmpctl.inventory.nodes import Cluster, Node, clusters_of
from mmpctl.runbooks.fleet import Outcome, close_all, run_on
from mmpctl.runbooks.observe import observed_cluster
from mmpctl.tasks import status


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """One node.

    Args:
        node: as the inventory knows it.
        status: what it says; None where it could not be asked.
        error: why it could not be asked, or not be understood.
        reachable: it answered, understood or not.
    """

    node: Node
    status: DatabaseStatus | None
    error: str | None
    reachable: bool


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """One cluster, or the nodes without one.

    Args:
        name: the cluster; None for the nodes without one.
        site: where it stands; None when it spans several sites.
        master: inventory name of the only node that is called master, if there is one.
        healthy: all nodes answer and agree, all databases are in sync, no certificate is expired.
        nodes: as they were seen.
    """

    name: str | None
    site: str | None
    master: str | None
    healthy: bool
    nodes: tuple[NodeStatus, ...]


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The clusters of a fleet, in the order of the inventory."""

    clusters: tuple[ClusterStatus, ...]


def run(nr: Nornir) -> StatusReport:
    """Ask every node of the inventory given for its view.

    Args:
        nr: filtered by the caller.
    """
    try:
        groups = clusters_of(nr)
        outcomes = run_on(nr, (node.name for group in groups for node in group.nodes), status)
        return StatusReport(tuple(_judged(group, outcomes) for group in groups))
    finally:
        close_all(nr)


def _judged(group: Cluster, outcomes: Mapping[str, Outcome]) -> ClusterStatus:
    nodes = tuple(
        NodeStatus(
            node,
            outcome.value,
            outcome.error.told if outcome.error else None,
            not isinstance(outcome.error, ConnectError),
        )
        for node in group.nodes
        for outcome in (outcomes[node.name],)
    )
    if group.name is None:
        return ClusterStatus(None, group.site, None, all(node.status is not None for node in nodes), nodes)
    seen = observed_cluster(group, {node.node.name: node.status for node in nodes if node.status is not None})
    master = next(iter(seen.masters)) if len(seen.masters) == 1 else None
    return ClusterStatus(group.name, group.site, master, master is not None and seen.is_well(master=master), nodes)


def document(report: StatusReport) -> dict[str, Any]:
    """The report as the JSON of the contract."""
    return {
        "schema": 1,
        "command": "status",
        "clusters": [
            {
                "name": cluster.name,
                "site": cluster.site,
                "master": cluster.master,
                "healthy": cluster.healthy,
                "nodes": [
                    {
                        "name": node.node.name,
                        "role": node.node.role.value if node.node.role else None,
                        "reachable": node.reachable,
                        "error": node.error,
                        "status": to_json(node.status) if node.status is not None else None,
                    }
                    for node in cluster.nodes
                ],
            }
            for cluster in report.clusters
        ],
    }
