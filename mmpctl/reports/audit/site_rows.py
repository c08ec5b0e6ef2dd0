"""The sites of an audit at a glance: what each comes to, how bad it is, and when it was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mmpctl.documents.asked import SiteDocument
from mmpctl.documents.audit import AuditCluster, AuditDocument, AuditNode
from mmpctl.reports.audit.answer import answer
from mmpctl.reports.audit.rows import flat
from mmpctl.reports.audit.troubles import worst_of, worst_of_node
from mmpctl.severity import Severity, rank, worst


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site.

    Args:
        name: of the site.
        severity: the worst that was found there; never ok if it did not answer.
        answer: what its part of the audit comes to, in sentences.
        nodes: how many were asked for.
        unseen: of them, not seen.
        error: why the site did not answer; None if it did.
        seen: when it answered last, ISO 8601; None if nobody knows.
        version: of mmpctl there; None if it did not answer.
    """

    name: str
    severity: Severity
    answer: tuple[str, ...]
    nodes: int
    unseen: int
    error: str | None
    seen: str | None
    version: str | None


def site_rows(document: AuditDocument) -> tuple[SiteRow, ...]:
    """Return a row for each site that was asked, the worst first; none for an audit of one machine.

    Args:
        document: of `mmpctl audit`.
    """
    sites = document.get("sites", ())
    parts: dict[str | None, list[AuditCluster]] = {site["name"]: [] for site in sites}
    for cluster in document["clusters"] if sites else ():
        # A cluster that spans sites counts at each of them.
        own: dict[str | None, list[AuditNode]] = {}
        for node in cluster["nodes"]:
            own.setdefault(node["site"] or cluster["site"], []).append(node)
        for name, nodes in own.items():
            if name in parts:
                parts[name].append({**cluster, "nodes": nodes})
    rows = [_row(document, site, parts[site["name"]]) for site in sites]
    return tuple(sorted(rows, key=lambda row: (rank(row.severity), row.name)))


def _row(document: AuditDocument, site: SiteDocument, clusters: Sequence[AuditCluster]) -> SiteRow:
    nodes = [node for cluster in clusters for node in cluster["nodes"]]
    wrong = (Severity.UNFIT for cluster in clusters if cluster["name"] is not None and cluster["in_sync"] is False)
    severity = worst(
        (
            *(row.severity for row in flat(clusters)),
            *(worst_of_node(node) for node in nodes),
            *(worst_of(cluster["findings"]) for cluster in clusters),
            *wrong,
            Severity.OK if site["answered"] else Severity.UNKNOWN,
        )
    )
    part: AuditDocument = {**document, "clusters": list(clusters)}
    return SiteRow(
        site["name"],
        severity,
        answer(part).sentences() if site["rows"] else ("Not seen.",),
        len(nodes),
        sum(not node["reachable"] for node in nodes),
        None if site["answered"] else site["error"] or "no reason is known",
        document["at"] if site["answered"] else site.get("last_seen"),
        site["version"],
    )
