"""An audit as the JSON of the contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from mmpctl.audit.certificate_rows import CertificateRow
from mmpctl.audit.fleet_findings import AuthorityUse
from mmpctl.audit.model import AuditReport, NodeAudit
from mmpctl.audit.trust_document import trust_document
from mmpctl.cluster.account import UserAccount
from mmpctl.documents.audit import AccountDocument, AuditDocument, AuditNode, AuthorityDocument
from mmpctl.documents.certificate import CertificateDocument, PresentedCertificate, UseOfAuthority
from mmpctl.findings.finding import finding_document
from mmpctl.severity import Severity, worst
from mmpctl.times import iso


def document(report: AuditReport) -> AuditDocument:
    """Return the report as the JSON of the contract, with more facts beside.

    Args:
        report: of an audit.
    """
    counted = Counter(row.severity for row in report.rows())
    troubles = Counter(finding.severity for finding in report.troubles())
    nodes = [node for cluster in report.clusters for node in cluster.nodes]
    return {
        "schema": 1,
        "command": "audit",
        "at": iso(report.at),
        "clusters": [
            {
                "name": cluster.name,
                "site": cluster.site,
                "in_sync": cluster.in_sync,
                "nodes": [_node(node, report.authorities) for node in cluster.nodes],
                "findings": [finding_document(one) for one in cluster.findings],
            }
            for cluster in report.clusters
        ],
        "authorities": _authorities(report),
        "trust": trust_document(report.trust, report.at),
        "summary": {
            "nodes": len(nodes),
            "unreachable": sum(node.error is not None for node in nodes),
            "certificates": sum(counted.values()),
            "ok": counted[Severity.OK],
            "expired": counted[Severity.EXPIRED],
            "unfit": counted[Severity.UNFIT],
            "unknown": counted[Severity.UNKNOWN],
            "due": counted[Severity.DUE],
            "troubles": {
                "expired": troubles[Severity.EXPIRED],
                "unfit": troubles[Severity.UNFIT],
                "unknown": troubles[Severity.UNKNOWN],
                "due": troubles[Severity.DUE],
            },
            "worst": worst((*counted, *troubles)),
        },
    }


def _authorities(report: AuditReport) -> list[AuthorityDocument]:
    """Return each CA of the fleet once, the worst and the nearest end first."""
    gravest: dict[str, CertificateRow] = {}
    for row in report.rows():
        if row.fingerprint in report.authorities and row.ca:
            known = gravest.setdefault(row.fingerprint or "", row)
            gravest[known.fingerprint or ""] = min(known, row, key=_rank)
    return [
        {
            "sha256": row.fingerprint,
            "subject": row.facts.subject if row.facts else None,
            "not_after": iso(row.facts.not_after) if row.facts else None,
            "days_left": row.days_left,
            "severity": row.severity,
            **_use(report.authorities[row.fingerprint or ""]),
        }
        for row in sorted(gravest.values(), key=_rank)
    ]


def _rank(row: CertificateRow) -> tuple[int, int]:
    return row.severity.rank, row.days_left or 0


def _node(audit: NodeAudit, authorities: Mapping[str, AuthorityUse]) -> AuditNode:
    return {
        "name": audit.node.name,
        "address": audit.node.hostname,
        "role": audit.node.role.value if audit.node.role else None,
        "site": audit.node.site,
        "reachable": audit.error is None,
        "error": audit.error,
        "seconds": None if audit.seconds is None else round(audit.seconds, 3),
        "account": _account(audit.account),
        "backup": {"at": iso(audit.backup.at), "snapshot": audit.backup.snapshot} if audit.backup else None,
        "certificates": [row_document(row, authorities) for row in audit.certificates],
        "findings": [finding_document(one) for one in audit.findings],
    }


def _account(account: UserAccount | None) -> AccountDocument | None:
    if account is None:
        return None
    ends = account.password_ends
    return {"name": account.name, "role": account.role, "password_ends": ends.isoformat() if ends else None}


def row_document(row: CertificateRow, authorities: Mapping[str, AuthorityUse]) -> CertificateDocument:
    """Return one certificate as the JSON of the contract.

    Args:
        row: of an audit, or of a status.
        authorities: what hangs on each CA, by its fingerprint; empty if that was not counted.
    """
    facts = row.facts
    used = authorities.get(row.fingerprint or "")
    return {
        "use": row.use,
        "file": row.file,
        "place": row.number,
        "subject": facts.subject if facts else None,
        "issuer": facts.issuer if facts else None,
        "serial": facts.serial if facts else None,
        "not_before": iso(facts.not_before) if facts else None,
        "not_after": iso(facts.not_after) if facts else None,
        "days_left": row.days_left,
        "severity": row.severity,
        "ca": row.ca,
        "source": row.source,
        "sha256": row.fingerprint,
        "chain": list(row.chain),
        "used_by": _use(used) if used else None,
        "names": None if row.names is None else list(row.names),
        "key": f"{facts.public_key_algorithm} {facts.public_key_bits or ''}".strip() if facts else None,
        "key_fits": row.fits,
        "presented": _presented(row),
        "algorithm": facts.signature_algorithm if facts else None,
        "findings": [finding_document(one) for one in row.findings],
    }


def _use(used: AuthorityUse) -> UseOfAuthority:
    return {"clusters": used.clusters, "leaves": used.leaves, "before": used.before, "others": used.others}


def _presented(row: CertificateRow) -> PresentedCertificate | None:
    shown = row.presented
    if shown is None:
        return None
    return {"serial": shown.serial, "not_before": iso(shown.not_before), "not_after": iso(shown.not_after)}
