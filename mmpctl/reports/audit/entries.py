"""The rows of an audit's page: certificates, nodes that were not seen, and what is wrong with clusters and nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypedDict

from mmpctl.documents.audit import AuditCluster, AuditDocument, AuditNode
from mmpctl.documents.certificate import CertificateDocument
from mmpctl.documents.finding import FindingDocument
from mmpctl.reports.audit.view import ALONE
from mmpctl.reports.sanitize import harmless
from mmpctl.severity import Severity, rank, worst
from mmpctl.times import minute_of


class Entry(TypedDict):
    """One row; a dictionary, since it goes to the page's script as it is. What is not there is empty."""

    site: str
    cluster: str
    node: str
    use: str
    file: str
    end: str
    days: int | None
    severity: Severity
    details: dict[str, Any]
    findings: list[FindingDocument]


CLUSTER, NODE, NOT_SEEN, NONE_USED = "cluster", "node", "not seen", "no certificates"
# What is no use of a certificate, but about a cluster or a node as a whole.
WHOLE = frozenset((CLUSTER, NODE, NOT_SEEN))
_DETAILS = (
    "subject", "issuer", "serial", "not_before", "not_after", "chain", "key", "key_fits", "algorithm", "sha256",
    "presented", "source", "used_by",
)  # fmt: skip
_KEYS = {"id-ecPublicKey": "EC", "rsaEncryption": "RSA", "rsassaPss": "RSA-PSS"}


def entries(document: AuditDocument) -> list[Entry]:
    """Return every row with its details, the worst and the nearest end first; all text in it is harmless.

    Args:
        document: of `mmpctl audit`.
    """
    return sorted(_entries(document), key=_rank)


def _entries(document: AuditDocument) -> Iterator[Entry]:
    for cluster in document["clusters"]:
        for finding in cluster["findings"]:
            yield _entry(cluster, None, CLUSTER, worst((finding["severity"],)), (finding,))
        for node in cluster["nodes"]:
            yield from _of_node(cluster, node)


def _of_node(cluster: AuditCluster, node: AuditNode) -> Iterator[Entry]:
    findings = node["findings"]
    for certificate in node["certificates"]:
        yield _entry(cluster, node, certificate["use"], certificate["severity"], certificate["findings"], certificate)
    if not node["reachable"]:
        # Never ok, whatever the findings say: nobody has looked.
        severity = worst((Severity.UNKNOWN, *(finding["severity"] for finding in findings)))
        unseen: FindingDocument = {
            "id": "",
            "severity": Severity.UNKNOWN,
            "message": f"not seen: {node['error'] or 'no reason is known'}",
            "why": "",
            "cure": "",
        }
        yield _entry(cluster, node, NOT_SEEN, severity, findings or [unseen])
        return
    for finding in findings:
        yield _entry(cluster, node, NODE, worst((finding["severity"],)), (finding,))
    if not node["certificates"] and not findings:
        yield _entry(cluster, node, NONE_USED, Severity.OK, ())


def _entry(
    cluster: AuditCluster,
    node: AuditNode | None,
    use: str,
    severity: str,
    findings: Iterable[FindingDocument],
    certificate: CertificateDocument | None = None,
) -> Entry:
    one: Mapping[str, Any] = certificate or {}
    return {
        "site": harmless((node and node["site"]) or cluster["site"] or ""),
        "cluster": harmless(cluster["name"] or ALONE),
        "node": harmless(node["name"] if node else ""),
        "use": harmless(use),
        "file": harmless(one.get("file") or ""),
        "end": harmless((one.get("not_after") or "")[:10]),
        "days": one.get("days_left"),
        "severity": worst((severity,)),
        "details": {name: _shown(name, one[name]) for name in _DETAILS if one.get(name) not in (None, "", [])},
        "findings": [
            {
                "id": harmless(found["id"]),
                "severity": harmless(found["severity"]),
                "message": harmless(found["message"]),
                "why": harmless(found["why"]),
                "cure": harmless(found["cure"]),
            }
            for found in findings
        ],
    }


def _shown(name: str, value: Any) -> Any:
    """Return a detail as people read it."""
    if isinstance(value, Mapping):
        return {inner: _shown(inner, one) for inner, one in value.items()}
    if isinstance(value, list):
        return [harmless(one) for one in value]
    if not isinstance(value, str):
        return value
    if name in ("not_before", "not_after"):
        return harmless(minute_of(value))
    if name == "key":
        kind, _, bits = value.partition(" ")
        return harmless(f"{_KEYS.get(kind, kind)} {bits}".strip())
    return harmless(value)


def _rank(entry: Entry) -> tuple[int, bool, int, str, str]:
    severity, days = rank(entry["severity"]), entry["days"]
    # Of the same severity, a whole cluster or node comes before a single certificate.
    return severity, entry["use"] not in WHOLE, 99999 if days is None else days, entry["cluster"], entry["node"]
