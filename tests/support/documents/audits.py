"""Audits as documents: certificates, nodes, clusters and CAs."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timezone
from typing import Any

from mmpctl.audit.certificate_rows import CertificateRow
from mmpctl.audit.document import document, row_document
from mmpctl.audit.fleet_findings import AuthorityUse
from mmpctl.audit.model import AuditReport, ClusterAudit, NodeAudit
from mmpctl.cluster.certificate_facts import CertificateFacts
from mmpctl.cluster.role import Role
from mmpctl.findings.finding import Finding
from mmpctl.inventory.nodes import Node
from mmpctl.severity import STATES, Severity, worst
from tests.support.documents.plain import altered

AT = datetime(2026, 11, 23, 3, tzinfo=timezone.utc)
_FACTS = CertificateFacts(
    "CN=postgres",
    "CN=uctplab-TPWIN2008R2DC-CA",
    "1102ce3b0006000000a7",
    datetime(2024, 3, 9, 8, 47, 17, tzinfo=timezone.utc),
    datetime(2027, 12, 28, 8, 57, 17, tzinfo=timezone.utc),
    "sha256WithRSAEncryption",
    "rsaEncryption",
    2048,
)


def finding(id_: str, severity: str = "unfit", message: str = "", cure: str = "Cure it.", why: str = "") -> Any:
    """What is wrong with a certificate, a node or a cluster."""
    node = _node_audit("n", Finding(id_, Severity(severity), "", message or id_, cure, why))
    return _of(ClusterAudit("c", None, (node,)))["nodes"][0]["findings"][0]


def certificate(use: str, file: str, severity: str = "ok", days: int | None = 400, **changes: Any) -> Any:
    """One certificate, with one finding unless it is in order; of one without days left nothing is known."""
    state = Severity(severity)
    wrong = Finding(
        severity,
        state,
        file,
        f"{file} expired on 2026-03-09 08:57 UTC: CN=postgres, O=Glass",
        f"Have your CA issue a new certificate in place of {file}.",
    )
    facts = _FACTS if days is not None else None
    row = CertificateRow(use, file, 0, facts, days, () if state is Severity.OK else (wrong,))
    return altered(row_document(row, {}), **changes)


def audit_node(name: str, *certificates: Any, error: str | None = None, **changes: Any) -> Any:
    """One node with its certificates, or why it was not seen."""
    unseen = Finding(
        "not-seen",
        Severity.UNKNOWN,
        "",
        f"not seen: {error}",
        "Look again afterwards; until then nothing is known of it.",
        "The state of its certificates is unknown.",
    )
    audited = _node_audit(name, *([unseen] if error else []), error=error)
    made = _of(ClusterAudit("c", None, (audited,)))["nodes"][0]
    return altered(made, certificates=list(certificates), **changes)


def audit_cluster(name: str | None, *nodes: Any, site: str | None = None, **changes: Any) -> Any:
    """One cluster with its nodes, or the nodes without one."""
    return altered(_of(ClusterAudit(name, site, ())), nodes=list(nodes), **changes)


def authority(subject: str, severity: str, days: int, **uses: int) -> Any:
    """One CA of the fleet."""
    used = AuthorityUse(**{"clusters": 1, "leaves": 1, "before": 0, "others": 0, **uses})
    end = datetime(2026, 12, 13, 8, 57, 17, tzinfo=timezone.utc)
    facts = CertificateFacts(subject, subject, "1", _FACTS.not_before, end, *_ALGORITHMS)
    found = Finding(severity, Severity(severity), "ca.cer", "a CA", "Renew it.")
    row = CertificateRow(
        "database ca", "ca.cer", 0, facts, days, () if severity == "ok" else (found,), ca=True, fingerprint="ab" * 32
    )
    node = NodeAudit(_node("n"), None, (row,))
    report = AuditReport((ClusterAudit("c", None, (node,)),), AT, {"ab" * 32: used})
    return document(report)["authorities"][0]


_ALGORITHMS = (_FACTS.signature_algorithm, _FACTS.public_key_algorithm, _FACTS.public_key_bits)


def audit_of(*clusters: Any, authorities: Any = (), **changes: Any) -> Any:
    """An audit of these clusters; its numbers are counted."""
    made = document(AuditReport((), AT, {}))
    nodes = [node for one in clusters for node in one["nodes"]]
    rows = Counter(Severity.read(one["severity"]) for node in nodes for one in node["certificates"])
    summary = altered(
        made["summary"],
        nodes=len(nodes),
        unreachable=sum(not node["reachable"] for node in nodes),
        certificates=rows.total(),
        worst=worst(rows),
        **{state.value: rows[state] for state in STATES},
    )
    return altered({**made, "summary": summary}, clusters=list(clusters), authorities=list(authorities), **changes)


def audit() -> Any:
    """An audit with some of everything: well, expired, unread, and not seen."""
    expired = [
        certificate("database server", "dbclusterserver-20240309-1102ce3b.cer", "expired", -259),
        certificate("database client", "dbclusterclient-20240309-0006a7.cer", "expired", -259),
        certificate("database ca", "CA.cer"),
    ]
    return audit_of(
        audit_cluster("ldn-quiet", audit_node("ldn-1", certificate("database ca", "quiet-CA.cer")), site="london"),
        audit_cluster(
            "lon-prod",
            audit_node("lon-0", certificate("database ca", "fine-CA.cer")),
            audit_node("lon-1", *expired),
            audit_node("lon-2", *expired),
            audit_node("lon-3", error="lon-3.example.com:22: the connection was refused"),
            site="london",
            findings=[finding("masters", "unfit", "the nodes name no master", "See status.")],
        ),
        audit_cluster(
            None,
            audit_node("edge-1", certificate("callbridge", "core.cer", "unknown", None)),
            audit_node("edge-2"),
        ),
        authorities=[
            authority("CN=uctplab-TPWIN2008R2DC-CA, DC=uctplab, DC=local", "due", 20, clusters=3, leaves=7, before=2),
            *(authority(f"CN=Root {number}", "ok", 1000 + number) for number in range(24)),
        ],
    )


def rows_of(document: Any) -> list[tuple[Any, Any, Any]]:
    """Each certificate of an audit's document, with its cluster and node."""
    return [
        (cluster, node, one)
        for cluster in document["clusters"]
        for node in cluster["nodes"]
        for one in node["certificates"]
    ]


def _node(name: str) -> Node:
    return Node(name, "10.106.85.73", 22, None, "c", Role.SLAVE, "10.106.85.73")


def _node_audit(name: str, *findings: Finding, error: str | None = None) -> NodeAudit:
    return NodeAudit(_node(name), error, (), findings)


def _of(cluster: ClusterAudit) -> Any:
    return document(AuditReport((cluster,), AT, {}))["clusters"][0]
