"""Every cluster as its nodes report it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl import exit_codes as codes
from mmpctl.audit.certificate_rows import CertificateRow, rows_of
from mmpctl.audit.document import row_document
from mmpctl.cluster.status import DatabaseStatus
from mmpctl.cluster.verdict import Health, verdict_on
from mmpctl.defaults import DUE_DAYS
from mmpctl.device.answers.parse import status_facts
from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.documents.status import StatusDocument
from mmpctl.errors import AuthenticationError, CommandRefused, ConnectError, HostKeyError, MmpError
from mmpctl.fleet.run_on import Outcome, close_all
from mmpctl.fleet.slots import look_on
from mmpctl.inventory.nodes import Cluster, Node, clusters_of, grouped, nodes_of
from mmpctl.inventory.read_only_sessions import reading
from mmpctl.renewal.jobs.database_cluster.observation import observed_cluster
from mmpctl.tasks.list_files import list_files
from mmpctl.tasks.node_facts import Subject
from mmpctl.tasks.read_node import read_node
from mmpctl.tasks.status import status
from mmpctl.times import iso, now_utc

_FILES: Final = frozenset({Subject.IDENTITY, Subject.FILES})


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """One node.

    Args:
        node: as the inventory knows it.
        status: what it says; None if it could not be asked.
        error: why it could not be asked, or not be understood.
        reachable: it answered, understood or not.
        knows_databases: its release knows the command; a node without a cluster may be one that does not.
        refused: it took neither our credentials nor showed the recorded key: it is not asked again.
        certificates: the database cluster's, each with what is wrong with it.
        unread: why they could not be looked at.
    """

    node: Node
    status: DatabaseStatus | None
    error: str | None
    reachable: bool
    refused: bool = False
    certificates: tuple[CertificateRow, ...] = ()
    unread: str | None = None
    knows_databases: bool = True

    @property
    def seen(self) -> bool:
        """It told its status, or that it has none to tell."""
        return self.status is not None or not self.knows_databases


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
    """
    known = before.nodes if before else {}
    groups = clusters_of(nr)
    whole = {group.name: group for group in grouped(everybody or nodes_of(nr))}
    nodes = {node.name: node for group in groups for node in group.nodes}

    def look(task: Task, node: Node) -> Result:
        try:
            seen: DatabaseStatus = status(task).result
        except CommandRefused as error:
            if node.cluster is None and _lacks_the_command(task, error):
                return Result(host=task.host, result=NodeStatus(node, None, None, True, knows_databases=False))
            raise
        last = known.get(node.name)
        if last is not None and last.status is not None and last.status.certificates == seen.certificates:
            return Result(host=task.host, result=NodeStatus(node, seen, None, True, False, last.certificates))
        try:
            rows = rows_of(read_node(task, _FILES, role=node.role, status=seen).result, now_utc(), due_days)
        except MmpError as error:
            return Result(host=task.host, result=NodeStatus(node, seen, None, True, unread=error.message))
        return Result(host=task.host, result=NodeStatus(node, seen, None, True, False, rows))

    try:
        asked = [name for name in nodes if name not in known or not known[name].refused]
        with reading(nr):
            outcomes = look_on(nr, asked, look, lambda name: {"node": nodes[name]})
        found = {name: _node(nodes[name], outcome) for name, outcome in outcomes.items()}
        return StatusReport(tuple(_judged(group, whole[group.name], {**known, **found}) for group in groups))
    finally:
        if not keep_open:
            close_all(nr)


def _lacks_the_command(task: Task, error: CommandRefused) -> bool:
    """Tell a release that does not know the command from an account that may look at nothing: that one knows none."""
    if not vocabulary().is_unknown(error.text):
        return False
    try:
        list_files(task)
    except CommandRefused:
        return False
    return True


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
    seen = observed_cluster(whole, {node.node.name: node.status for node in nodes if node.status is not None})
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
