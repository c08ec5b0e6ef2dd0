"""An audit for Prometheus: a file for the node exporter's text-file folder."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from mmpctl.documents.audit import AuditCluster, AuditDocument, AuditNode
from mmpctl.reports.audit.counts import counts as counted_rows
from mmpctl.reports.audit.rows import flat
from mmpctl.times import read_iso

_PLACE = ("site", "cluster", "node")
_CERTIFICATE = (*_PLACE, "use", "file", "place")


def audit_prometheus(document: AuditDocument) -> str:
    """Return the audit in Prometheus' text form.

    Args:
        document: of `mmpctl audit`.
    """
    registry = CollectorRegistry()

    def gauge(name: str, about: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(f"mmpctl_{name}", about, labels, registry=registry)

    ends = gauge("certificate_not_after_seconds", "When the certificate expires, Unix time.", _CERTIFICATE)
    info = gauge("certificate_info", "1 for each certificate.", (*_CERTIFICATE, "subject", "issuer", "serial"))
    severity = gauge("certificate_severity", "1 for the worst severity of its findings.", (*_CERTIFICATE, "severity"))
    success = gauge("audit_success", "1 if the node was seen, else 0.", _PLACE)
    seconds = gauge("audit_seconds", "How long the check of the node took, in seconds.", _PLACE)
    password = gauge(
        "password_end_seconds",
        "When the password of the account that signed in expires, Unix time; absent if it never expires or is unknown.",
        (*_PLACE, "account"),
    )
    backup = gauge("backup_timestamp_seconds", "When the last good backup that is kept was made, Unix time.", _PLACE)
    counts = gauge("certificates", "Certificates by severity.", ("severity",))
    at = gauge("audit_timestamp_seconds", "When the audit was made, Unix time.")
    for row in flat(document["clusters"]):
        where = _where(row.cluster, row.node)
        success.labels(*where).set(row.node["reachable"])
        if row.node["seconds"] is not None:
            seconds.labels(*where).set(row.node["seconds"])
        account = row.node["account"]
        if account is not None and account["password_ends"]:
            password.labels(*where, account["name"]).set(read_iso(f"{account['password_ends']}T00:00:00Z").timestamp())
        if row.node["backup"]:
            backup.labels(*where).set(read_iso(row.node["backup"]["at"]).timestamp())
        if row.certificate is None:
            continue
        one = row.certificate
        which = (*where, one["use"], one["file"], str(one["place"]))
        severity.labels(*which, one["severity"]).set(1)
        if one["not_after"] is not None:
            ends.labels(*which).set(read_iso(one["not_after"]).timestamp())
            info.labels(*which, one["subject"], one["issuer"], one["serial"]).set(1)
    for name, number in counted_rows(document).severities.items():
        counts.labels(name).set(number)
    _of_clusters(document, gauge)
    _of_sites(document, gauge)
    at.set(read_iso(document["at"]).timestamp())
    return generate_latest(registry).decode("utf-8")


def _of_clusters(document: AuditDocument, gauge: Callable[[str, str, tuple[str, ...]], Gauge]) -> None:
    in_sync = gauge("cluster_in_sync", "1 if the database cluster is in sync, else 0; absent if unknown.", ("cluster",))
    finding = gauge(
        "finding",
        "1 for each finding of a node or a cluster; a cluster's findings have no node.",
        (*_PLACE, "id", "severity"),
    )
    for cluster in document["clusters"]:
        if cluster["name"] is not None and cluster["in_sync"] is not None:
            in_sync.labels(cluster["name"]).set(cluster["in_sync"])
        for told in cluster["findings"]:
            finding.labels(cluster["site"] or "", cluster["name"] or "", "", told["id"], told["severity"]).set(1)
        for node in cluster["nodes"]:
            where = _where(cluster, node)
            for told in node["findings"]:
                finding.labels(*where, told["id"], told["severity"]).set(1)


def _of_sites(document: AuditDocument, gauge: Callable[[str, str, tuple[str, ...]], Gauge]) -> None:
    # One machine has none, and none of their metrics.
    if "sites" not in document:
        return
    success = gauge("site_success", "1 if the site answered to the end, else 0.", ("site",))
    info = gauge("site_info", "1 for each site that answered, with its version of mmpctl.", ("site", "version"))
    ahead = gauge("site_clock_ahead_seconds", "How far the site's clock is ahead of the desk's, in seconds.", ("site",))
    for site in document["sites"]:
        success.labels(site["name"]).set(site["answered"])
        if site["version"] is not None:
            info.labels(site["name"], site["version"]).set(1)
        if site["clock_ahead"] is not None:
            ahead.labels(site["name"]).set(site["clock_ahead"])


def _where(cluster: AuditCluster, node: AuditNode) -> tuple[str, str, str]:
    return node["site"] or "", cluster["name"] or "", node["name"]
