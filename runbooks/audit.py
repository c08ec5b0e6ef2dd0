"""The certificates of the database clusters: what is in use, until when, and what is wrong with it. Read-only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from nornir.core import Nornir

from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.check import check_deployed
from mmpctl.certificates.finding import Finding
from mmpctl.certificates.fitness import DUE_DAYS, Use
from mmpctl.cluster.certificate import CertificateFacts
from mmpctl.inventory.nodes import Node, clusters_of
from mmpctl.runbooks import outcome as codes
from mmpctl.runbooks.fleet import Outcome, close_all, run_on
from mmpctl.tasks.observe import NodeFacts, observe

WORST_FIRST = ("expired", "unfit", "unknown", "due")


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """One certificate on one node.

    Args:
        use: `database server`, `database client` or `database ca`.
        file: its name on the device.
        facts: None where the file could not be read.
        days_left: whole days until it expires, negative afterwards.
        findings: what is wrong with it.
    """

    use: Use
    file: str
    facts: CertificateFacts | None
    days_left: int | None
    findings: tuple[Finding, ...]

    @property
    def severity(self) -> str:
        """The worst of its findings; notes do not count."""
        told = {finding.severity for finding in self.findings}
        return next((severity for severity in WORST_FIRST if severity in told), "ok")


@dataclass(frozen=True, slots=True)
class NodeAudit:
    """One node; `error` says why it could not be looked at."""

    node: Node
    error: str | None
    certificates: tuple[CertificateRow, ...]


@dataclass(frozen=True, slots=True)
class ClusterAudit:
    """One cluster, or the nodes without one (name None)."""

    name: str | None
    site: str | None
    nodes: tuple[NodeAudit, ...]


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The certificates of a fleet, in the order of the inventory."""

    clusters: tuple[ClusterAudit, ...]

    @property
    def code(self) -> int:
        """4 where something is expired or unfit, else 10 where a node was not seen, else 3 where something is due."""
        severities = {row.severity for row in self.rows()}
        if severities & {"expired", "unfit"}:
            return codes.EXPIRED
        if "unknown" in severities or any(node.error for cluster in self.clusters for node in cluster.nodes):
            return codes.DIFFERENT
        return codes.DUE if "due" in severities else codes.DONE

    def rows(self) -> Iterator[CertificateRow]:
        """All certificates."""
        for cluster in self.clusters:
            for node in cluster.nodes:
                yield from node.certificates


def run(nr: Nornir, *, due_days: int = DUE_DAYS, now: datetime | None = None) -> AuditReport:
    """Look at the database certificates of every node of the inventory given.

    Args:
        nr: filtered by the caller.
        due_days: how many days ahead a certificate counts as due.
        now: the time, aware; the present by default.
    """
    moment = now or datetime.now(timezone.utc)
    try:
        groups = clusters_of(nr)
        outcomes = run_on(nr, (node.name for group in groups for node in group.nodes), observe)
        return AuditReport(
            tuple(
                ClusterAudit(
                    group.name,
                    group.site,
                    tuple(_node(node, outcomes[node.name], moment, due_days) for node in group.nodes),
                )
                for group in groups
            )
        )
    finally:
        close_all(nr)


def _node(node: Node, outcome: Outcome, now: datetime, due_days: int) -> NodeAudit:
    if outcome.error is not None:
        return NodeAudit(node, outcome.error.told, ())
    return NodeAudit(node, None, tuple(_rows(outcome.value, now, due_days)))


def _rows(facts: NodeFacts, now: datetime, due_days: int) -> Iterator[CertificateRow]:
    files = facts.status.certificates
    authority = facts.certificates.get(files.ca_certificate or "")
    roots = authority.certificates if authority else ()
    for use, name in (
        (Use.SERVER, files.server_certificate),
        (Use.CLIENT, files.client_certificate),
        (Use.CA, files.ca_certificate),
    ):
        if name is None:
            continue
        if name in facts.unread:
            error = facts.unread[name]
            cure = error.advice or "look at the node's files by hand"
            yield CertificateRow(use, name, None, None, (Finding("not-read", "unknown", name, error.message, cure),))
            continue
        for chain in _by_row(use, facts.certificates[name].certificates):
            findings = check_deployed(chain, use.value, file=name, now=now, due_days=due_days, authority=roots)
            yield CertificateRow(use, name, chain[0].facts, (chain[0].facts.not_after - now).days, findings)


def _by_row(use: Use, certificates: tuple[Certificate, ...]) -> Iterator[tuple[Certificate, ...]]:
    # A CA file is a list of equals; in any other file, the leaf comes first and the rest leads to its root.
    if use is Use.CA:
        yield from ((certificate,) for certificate in certificates)
        return
    leaf = next((certificate for certificate in certificates if not certificate.is_ca), certificates[0])
    yield (leaf, *(certificate for certificate in certificates if certificate is not leaf))


def document(report: AuditReport) -> dict[str, Any]:
    """The report as the JSON of the contract."""
    counted = Counter(row.severity for row in report.rows())
    nodes = [node for cluster in report.clusters for node in cluster.nodes]
    return {
        "schema": 1,
        "command": "audit",
        "clusters": [
            {
                "name": cluster.name,
                "site": cluster.site,
                "nodes": [_node_document(node) for node in cluster.nodes],
                "findings": [],
            }
            for cluster in report.clusters
        ],
        "summary": {
            "nodes": len(nodes),
            "unreachable": sum(node.error is not None for node in nodes),
            "certificates": sum(counted.values()),
            **{severity: counted[severity] for severity in ("ok", *WORST_FIRST)},
        },
    }


def _node_document(audit: NodeAudit) -> dict[str, Any]:
    return {
        "name": audit.node.name,
        "address": audit.node.hostname,
        "role": audit.node.role.value if audit.node.role else None,
        "reachable": audit.error is None,
        "error": audit.error,
        "certificates": [_row_document(row) for row in audit.certificates],
    }


def _row_document(row: CertificateRow) -> dict[str, Any]:
    facts = row.facts
    return {
        "use": row.use.value,
        "file": row.file,
        "subject": facts.subject if facts else None,
        "issuer": facts.issuer if facts else None,
        "serial": facts.serial if facts else None,
        "not_before": utc(facts.not_before) if facts else None,
        "not_after": utc(facts.not_after) if facts else None,
        "days_left": row.days_left,
        "severity": row.severity,
        "findings": [_finding_document(finding) for finding in row.findings],
    }


def _finding_document(finding: Finding) -> Mapping[str, str]:
    return {
        "id": finding.id,
        "severity": finding.severity,
        "message": finding.message,
        "cure": finding.cure,
    }


def utc(moment: datetime) -> str:
    """A time in the form of the contract."""
    return f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
