"""Every cluster as its nodes report it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nornir.core import Nornir

from mmpctl import exit_codes as codes
from mmpctl.audit.document import row_document
from mmpctl.audit.node_status import NodeStatus, ask_node
from mmpctl.cluster.verdict import Health, verdict_on
from mmpctl.defaults import DUE_DAYS
from mmpctl.device.answers.parse import status_facts
from mmpctl.documents.status import StatusDocument
from mmpctl.errors import AuthenticationError, ConnectError, HostKeyError
from mmpctl.fleet.look_on import look_on
from mmpctl.fleet.run_on import Outcome, close_all
from mmpctl.inventory.nodes import Cluster, Node, grouped, nodes_of
from mmpctl.inventory.read_only_sessions import reading
from mmpctl.renewal.jobs.database_cluster.known_addresses import observed_cluster
from mmpctl.times import iso, now_utc


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """One cluster, or the nodes without one.

    Args:
        name: the cluster; None for the nodes without one.
        site: where it stands; None when it spans several sites.
        master: inventory name of the only node that is called master, if there is one.
        verdict: `healthy` (all nodes answer and agree, all databases are in sync, no certificate is expired),
            `not healthy`, `not seen`, or, if only some of its nodes were selected, `not judged`.
        nodes: those that were selected, as they were seen.
        size: how many nodes it has in the inventory.
        members: inventory names of the members that the nodes list, by their addresses there, where they are known.
    """

    name: str | None
    site: str | None
    master: str | None
    verdict: Health
    nodes: tuple[NodeStatus, ...]
    size: int
    members: Mapping[str, str] = field(default_factory=dict)

    @property
    def judged(self) -> bool:
        """All its nodes were selected: of some of them, no verdict on the whole can be made."""
        return self.verdict != Health.NOT_JUDGED

    @property
    def healthy(self) -> bool:
        """It was looked at whole, and is well."""
        return self.verdict == Health.HEALTHY


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The clusters of a fleet.

    Args:
        clusters: in the order of the inventory.
        at: when they were looked at, aware.
    """

    clusters: tuple[ClusterStatus, ...]
    at: datetime = field(default_factory=now_utc)

    @property
    def nodes(self) -> dict[str, NodeStatus]:
        """All nodes by inventory name."""
        return {node.node.name: node for cluster in self.clusters for node in cluster.nodes}

    @property
    def code(self) -> int:
        """4 if a cluster is not healthy, else 10 if a node was not seen, else 0; `not judged` raises nothing."""
        if any(cluster.verdict == Health.NOT_HEALTHY for cluster in self.clusters):
            return codes.EXPIRED
        return codes.DIFFERENT if any(not node.seen for node in self.nodes.values()) else codes.DONE


def run(
    nr: Nornir,
    *,
    due_days: int = DUE_DAYS,
    before: StatusReport | None = None,
    keep_open: bool = False,
    everybody: Sequence[Node] | None = None,
    processes: int | None = None,
) -> StatusReport:
    """Ask every node of the inventory given for its view, and look at the certificates of its database.

    Args:
        nr: filtered by the caller.
        due_days: how many days ahead a certificate counts as due.
        before: the look before this one: nodes that refused us are not asked again, certificates under the same names
            are not fetched again.
        keep_open: leave the connections open for the next look.
        everybody: all nodes of the inventory, where `nr` may hold some of them only: a cluster of which not all nodes
            are in `nr` is not judged.
        processes: how many processes look at nodes, this one among them; by default as many as pay. 1: only this one.
    """
    known = before.nodes if before else {}
    try:
        found = look(nr, due_days=due_days, known=known, processes=1 if keep_open else processes)
    finally:
        if not keep_open:
            close_all(nr)
    return assemble(nodes_of(nr), {**known, **found}, everybody)


def look(
    nr: Nornir,
    *,
    due_days: int = DUE_DAYS,
    known: Mapping[str, NodeStatus] | None = None,
    processes: int | None = None,
    seen: Callable[[NodeStatus], None] = lambda _: None,
) -> dict[str, NodeStatus]:
    """Ask each node by itself: nothing here depends on any other node. Connections stay open.

    Args:
        nr: filtered by the caller.
        due_days: how many days ahead a certificate counts as due.
        known: what was seen before, by inventory name: nodes that refused us are not asked again, certificates under
            the same names are not fetched again.
        processes: how many processes look at nodes, this one among them; by default as many as pay. 1: only this one,
            and its connections are those of `nr`.
        seen: called with each node as soon as it was asked, from several threads.

    Returns:
        What each node reports, by inventory name; without those that were not asked again.
    """
    before = known or {}
    nodes = {node.name: node for node in nodes_of(nr)}
    found: dict[str, NodeStatus] = {}

    def told(name: str, outcome: Outcome) -> None:
        found[name] = _node(nodes[name], outcome)
        seen(found[name])

    asked = [name for name in nodes if name not in before or not before[name].refused]
    with reading(nr):
        look_on(nr, asked, ask_node, told=told, processes=processes, known=before, due_days=due_days)
    return {name: found[name] for name in asked}


def assemble(
    nodes: Sequence[Node], rows: Mapping[str, NodeStatus], everybody: Sequence[Node] | None = None
) -> StatusReport:
    """Make one report of what each node reports, wherever and in whatever order the nodes were asked.

    Args:
        nodes: those that the report is about, in the order of the inventory.
        rows: what each of them reports, by inventory name.
        everybody: all nodes of the inventory, where `nodes` may be some of them only.

    Raises:
        KeyError: a node has no row.
    """
    whole = {group.name: group for group in grouped(everybody or nodes)}
    return StatusReport(tuple(_judged(group, whole[group.name], rows) for group in grouped(nodes)))


def _node(node: Node, outcome: Outcome) -> NodeStatus:
    if outcome.error is None:
        seen: NodeStatus = outcome.value
        return seen
    error = outcome.error
    refused = isinstance(error, (AuthenticationError, HostKeyError))
    return NodeStatus(node, None, error.told, not isinstance(error, ConnectError), refused)


def _judged(group: Cluster, whole: Cluster, found: Mapping[str, NodeStatus]) -> ClusterStatus:
    nodes = tuple(found[node.name] for node in group.nodes)
    if group.name is None:
        verdict = Health.HEALTHY if all(node.seen for node in nodes) else Health.NOT_SEEN
        return ClusterStatus(None, group.site, None, verdict, nodes, len(nodes))
    statuses = {node.node.name: node.status for node in nodes if node.status is not None}
    seen = observed_cluster(whole, statuses, (node.resolved for node in nodes))
    master = next(iter(seen.masters)) if len(seen.masters) == 1 else None
    listed = {member.address for node in seen.nodes if node.status for member in node.status.nodes}
    members = {address: owner.name for address in sorted(listed) if (owner := seen.owner(address)) is not None}
    # Each cluster of a checked inventory has a master: if there is none, a caller has filtered it out.
    verdict = verdict_on(seen, len(nodes)) if whole.master is not None else Health.NOT_JUDGED
    return ClusterStatus(group.name, whole.site, master, verdict, nodes, len(whole.nodes), members)


def document(report: StatusReport) -> StatusDocument:
    """Return the report as the JSON of the contract."""
    return {
        "schema": 1,
        "command": "status",
        "at": iso(report.at),
        "clusters": [
            {
                "name": cluster.name,
                "site": cluster.site,
                "master": cluster.master,
                # A cluster of which only some nodes were selected is neither.
                "healthy": cluster.healthy if cluster.judged else None,
                "judged": cluster.judged,
                "verdict": cluster.verdict,
                "selected": {"nodes": len(cluster.nodes), "of": cluster.size},
                "members": dict(cluster.members),
                "nodes": [
                    {
                        "name": node.node.name,
                        "role": node.node.role.value if node.node.role else None,
                        "reachable": node.reachable,
                        "error": node.error,
                        "knows_databases": node.knows_databases,
                        "status": status_facts(node.status) if node.status is not None else None,
                        "certificates": [row_document(row, {}) for row in node.certificates],
                        "certificates_error": node.unread,
                    }
                    for node in cluster.nodes
                ],
            }
            for cluster in report.clusters
        ],
    }
