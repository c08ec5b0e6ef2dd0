"""An audit cut up by site: what each site's own page shows, and its row in a table of sites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mmpctl.documents.asked import SiteDocument
from mmpctl.documents.audit import AuditCluster, AuditDocument, AuditNode, TrustCheck


@dataclass(frozen=True, slots=True)
class SiteExtract:
    """One site of an audit.

    Args:
        name: of the site; None for the nodes that have none.
        asked: what came of it; None if no site was asked, since all nodes were looked at from one machine.
        document: the audit as if it had no other nodes; its summary, history and options are still those of the whole.
    """

    name: str | None
    asked: SiteDocument | None
    document: AuditDocument


def site_extracts(document: AuditDocument) -> Iterator[SiteExtract]:
    """Yield each site that was asked or has nodes, in that order; a cluster that spans sites is at each of them.

    Args:
        document: of `mmpctl audit`.
    """
    asked = {site["name"]: site for site in document.get("sites", ())}
    clusters: dict[str | None, list[AuditCluster]] = {name: [] for name in asked}
    home: dict[str, str | None] = {}
    for cluster in document["clusters"]:
        own: dict[str | None, list[AuditNode]] = {}
        for node in cluster["nodes"]:
            home[node["name"]] = node["site"] or cluster["site"]
            own.setdefault(home[node["name"]], []).append(node)
        for name, nodes in own.items():
            clusters.setdefault(name, []).append({**cluster, "nodes": nodes})
    checks = _checks(document, home)
    for name, its_clusters in clusters.items():
        names = {node["name"] for cluster in its_clusters for node in cluster["nodes"]}
        held = {row["sha256"] for cluster in its_clusters for node in cluster["nodes"] for row in node["certificates"]}
        part: AuditDocument = {
            **document,
            "clusters": its_clusters,
            "authorities": [one for one in document["authorities"] if one["sha256"] in held],
            "trust": {
                "checks": checks.get(name, []),
                "not_placed": [one for one in document["trust"]["not_placed"] if one in names],
                "outside": [one for one in document["trust"]["outside"] if one["node"] in names],
            },
            "sites": [],
        }
        yield SiteExtract(name, None if name is None else asked.get(name), part)


def _checks(document: AuditDocument, home: Mapping[str, str | None]) -> dict[str | None, list[TrustCheck]]:
    """Return the edges of the trust graph by site; one between two sites is at both."""
    found: dict[str | None, list[TrustCheck]] = {}
    for check in document["trust"]["checks"]:
        for site in {home.get(check["presenter"]["node"]), home.get(check["verifier"]["node"])}:
            found.setdefault(site, []).append(check)
    return found
