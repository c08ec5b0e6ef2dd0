"""Every certificate of a fleet: what is in use where, until when, and what is wrong with it. Read-only."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from nornir.core import Nornir

from mmpctl.audit.cluster_findings import cluster_findings, in_sync, not_well, strangers_of
from mmpctl.audit.fleet_findings import authority_uses, with_shared_keys
from mmpctl.audit.look import look, not_looked_at
from mmpctl.audit.model import AuditReport, ClusterAudit, NodeAudit
from mmpctl.defaults import BACKUP_DAYS, DUE_DAYS
from mmpctl.errors import MmpError
from mmpctl.findings.finding import finding
from mmpctl.fleet.look_on import look_on
from mmpctl.fleet.run_on import Outcome, close_all
from mmpctl.inventory.nodes import Cluster, Node, clusters_of, grouped, nodes_of
from mmpctl.inventory.read_only_sessions import reading
from mmpctl.renewal.jobs.database_cluster.observation import observed_cluster
from mmpctl.runs.copies import last_good
from mmpctl.severity import Severity
from mmpctl.times import now_utc


def run(
    nr: Nornir,
    *,
    due_days: int = DUE_DAYS,
    now: datetime | None = None,
    everybody: Sequence[Node] | None = None,
    presented: bool = False,
    thorough: bool = False,
    backups: Path | None = None,
    backup_days: int = BACKUP_DAYS,
    processes: int | None = None,
    seen: Callable[[NodeAudit], None] = lambda _: None,
) -> AuditReport:
    """Look at all certificates of every node of the inventory given.

    Args:
        nr: filtered by the caller.
        due_days: how many days ahead a certificate counts as due.
        now: the time, aware; the present by default.
        everybody: all nodes of the inventory; without them no stranger is told, for it may have been filtered out.
        presented: knock at the databases' ports too, and compare what they present with their files.
        thorough: let each node inspect all its certificate files and match them with their keys, as a second opinion;
            by default it is asked only where a file could not be fetched, or something about it is odd.
        backups: the folder of `backup --to`; without it, nothing is said about backups.
        backup_days: how many days old the last good backup there may be.
        processes: how many processes look at nodes, this one among them; by default as many as pay. 1: only this one.
        seen: called with each node as soon as it was looked at, from several threads.
    """
    moment = now or now_utc()
    whole = {group.name: group for group in grouped(everybody or nodes_of(nr))}

    nodes = {node.name: node for node in nodes_of(nr)}
    audits: dict[str, NodeAudit] = {}

    def told(name: str, outcome: Outcome) -> None:
        # Only rows are kept of a node: a fleet's certificates would fill the memory.
        audits[name] = outcome.value or not_looked_at(nodes[name], outcome.error or MmpError("no answer"))
        seen(audits[name])

    try:
        with reading(nr):
            look_on(
                nr,
                nodes,
                look,
                told=told,
                processes=processes,
                due_days=due_days,
                now=moment,
                presented=presented,
                thorough=thorough,
            )
    finally:
        close_all(nr)
    audits = {name: audits[name] for name in nodes}
    if backups is not None:
        audits = {name: _with_backup(audit, backups, moment, backup_days) for name, audit in audits.items()}
    rows = with_shared_keys({name: audit.certificates for name, audit in audits.items()})
    audits = {name: replace(audit, certificates=rows[name]) for name, audit in audits.items()}
    clusters = tuple(
        _cluster(group, whole[group.name], audits, strangers=everybody is not None) for group in clusters_of(nr)
    )
    return AuditReport(clusters, moment, authority_uses(rows, {name: node.cluster for name, node in nodes.items()}))


def _with_backup(audit: NodeAudit, backups: Path, now: datetime, days: int) -> NodeAudit:
    node = audit.node.name
    last = last_good(backups, node)
    if last is not None and now - last.at <= timedelta(days=days):
        return replace(audit, backup=last)
    detail = "does not exist" if last is None else f"is {(now - last.at).days} days old"
    old = finding("backup-old", "", detail=detail, node=shlex.quote(node))
    return replace(audit, backup=last, findings=(*audit.findings, old))


def _cluster(group: Cluster, whole: Cluster, audits: Mapping[str, NodeAudit], *, strangers: bool) -> ClusterAudit:
    nodes = tuple(audits[node.name] for node in group.nodes)
    if group.name is None or whole.master is None:
        return ClusterAudit(group.name, group.site, nodes)
    cluster = observed_cluster(whole, {node.node.name: node.status for node in nodes if node.status is not None})
    rows = {node.node.name: node.certificates for node in nodes if node.error is None}
    asked = frozenset(node.name for node in group.nodes)
    # Without all nodes of the inventory, a member that nobody knows may be one that was filtered out.
    well = in_sync(cluster) if strangers or not any(strangers_of(cluster)) else None
    findings = cluster_findings(cluster, rows, asked, strangers)
    if well is False and not any(one.severity in (Severity.UNFIT, Severity.UNKNOWN) for one in findings):
        findings += (not_well(cluster),)
    return ClusterAudit(group.name, whole.site, nodes, findings, well)
