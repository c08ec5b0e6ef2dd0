"""What an audit found: of a node, of a cluster, of a fleet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mmpctl import exit_codes as codes
from mmpctl.audit.certificate_rows import CertificateRow
from mmpctl.audit.fleet_findings import AuthorityUse
from mmpctl.cluster.account import UserAccount
from mmpctl.cluster.status import DatabaseStatus
from mmpctl.defaults import DUE_DAYS
from mmpctl.findings.finding import Finding
from mmpctl.inventory.nodes import Node
from mmpctl.peers.checks import Check
from mmpctl.peers.outside_links import OutsideLink
from mmpctl.peers.peer import Peer
from mmpctl.severity import BAD, Severity


@dataclass(frozen=True, slots=True)
class LastBackup:
    """The last good backup of a node that is kept.

    Args:
        at: when it was made, aware, UTC.
        snapshot: the name of its folder.
    """

    at: datetime
    snapshot: str


@dataclass(frozen=True, slots=True)
class NodeAudit:
    """One node.

    Args:
        node: as the inventory knows it.
        error: why it could not be looked at; None if it was.
        certificates: what it uses.
        findings: what is wrong with the node as a whole.
        status: its view of the cluster, if it told one.
        seconds: how long the look took.
        account: that this program logged in with; None if the node did not list it.
        backup: the last good one that is kept; None if there is none, or nobody looked.
        resolved: addresses of the names by which it and the other nodes are known, as they were found where it was
            looked at.
        peer: what its services present, and whom they trust.
        clock_ahead: seconds that its clock is ahead of the clock of the machine that looked; None if it shows none.
    """

    node: Node
    error: str | None
    certificates: tuple[CertificateRow, ...]
    findings: tuple[Finding, ...] = ()
    status: DatabaseStatus | None = None
    seconds: float | None = None
    account: UserAccount | None = None
    backup: LastBackup | None = None
    resolved: Mapping[str, frozenset[str]] = field(default_factory=dict)
    peer: Peer = field(default_factory=Peer)
    clock_ahead: float | None = None


@dataclass(frozen=True, slots=True)
class ClusterAudit:
    """One cluster, or the nodes without one.

    Args:
        name: the cluster; None for the nodes without one.
        site: where it stands; None if it spans several.
        nodes: those that were asked for.
        findings: what is wrong with the cluster as a whole.
        in_sync: it is well; None if not every node of it was seen, or there is no cluster.
    """

    name: str | None
    site: str | None
    nodes: tuple[NodeAudit, ...]
    findings: tuple[Finding, ...] = ()
    in_sync: bool | None = None


@dataclass(frozen=True, slots=True)
class TrustGraph:
    """Who presents which certificate to whom, and who accepts it.

    Args:
        checks: its edges.
        not_placed: names of the nodes with services of which nobody says with which cluster they work.
        outside: the systems outside that nodes show that they work with.
        due_days: how many days ahead the end of an edge counts as due.
    """

    checks: tuple[Check, ...] = ()
    not_placed: tuple[str, ...] = ()
    outside: tuple[OutsideLink, ...] = ()
    due_days: int = DUE_DAYS


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The certificates of a fleet.

    Args:
        clusters: in the order of the inventory.
        at: when the audit was made, aware.
        authorities: what hangs on each CA, by its fingerprint.
        trust: the trust graph of the nodes that were seen.
    """

    clusters: tuple[ClusterAudit, ...]
    at: datetime
    authorities: Mapping[str, AuthorityUse]
    trust: TrustGraph = field(default_factory=TrustGraph)

    @property
    def code(self) -> int:
        """4 if something is expired or unfit, else 10 if something was not seen, else 3 if something is due."""
        severities = {row.severity for row in self.rows()} | {one.severity for one in self.troubles()}
        if not severities.isdisjoint(BAD):
            return codes.EXPIRED
        if Severity.UNKNOWN in severities:
            return codes.DIFFERENT
        return codes.DUE if Severity.DUE in severities else codes.DONE

    def troubles(self) -> Iterator[Finding]:
        """Yield what is wrong with nodes and clusters as a whole."""
        for cluster in self.clusters:
            yield from cluster.findings
            for node in cluster.nodes:
                yield from node.findings

    def rows(self) -> Iterator[CertificateRow]:
        """Yield all certificates."""
        for cluster in self.clusters:
            for node in cluster.nodes:
                yield from node.certificates
