"""Every certificate of a fleet: what is in use where, until when, and what is wrong with it. Read-only."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from nornir.core import Nornir

from mmpctl.audit.cluster_findings import cluster_findings, in_sync, not_well, strangers_of
from mmpctl.audit.fleet_findings import authority_uses, with_shared_keys, with_this_clock
from mmpctl.audit.look import look_at_node, not_looked_at
from mmpctl.audit.model import AuditReport, ClusterAudit, LastBackup, NodeAudit, TrustGraph
from mmpctl.audit.peer_findings import peer_findings
from mmpctl.audit.scope import Scope
from mmpctl.defaults import BACKUP_DAYS, DUE_DAYS
from mmpctl.errors import MmpError
from mmpctl.findings.finding import finding
from mmpctl.fleet.look_on import look_on
from mmpctl.fleet.run_on import Outcome, close_all
from mmpctl.inventory.deployments import deployments_of
from mmpctl.inventory.nodes import Cluster, Node, grouped, nodes_of
from mmpctl.inventory.read_only_sessions import reading
from mmpctl.peers.checks import checks_of
from mmpctl.peers.outside_links import outside_links
from mmpctl.renewal.jobs.database_cluster.known_addresses import observed_cluster
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
    scope = Scope(moment, due_days, presented, thorough, backups, backup_days)
    rows = look(nr, scope, processes=processes, seen=seen)
    told = with_this_clock(
        {name: one.findings for name, one in rows.items()}, [one.clock_ahead for one in rows.values()]
    )
    rows = {name: replace(one, findings=told[name]) for name, one in rows.items()}
    return assemble(nodes_of(nr), rows, moment, everybody, due_days=due_days)


def look(
    nr: Nornir, scope: Scope, *, processes: int | None = None, seen: Callable[[NodeAudit], None] = lambda _: None
) -> dict[str, NodeAudit]:
    """Look at each node by itself: nothing here depends on any other node.

    Args:
        nr: filtered by the caller.
        scope: what to look at, and what counts as due.
        processes: how many processes look at nodes, this one among them; by default as many as pay. 1: only this one.
        seen: called with each node as soon as it was looked at, from several threads.

    Returns:
        What was found on each node, by inventory name, in the order of the inventory.
    """
    nodes = {node.name: node for node in nodes_of(nr)}
    audits: dict[str, NodeAudit] = {}

    def told(name: str, outcome: Outcome) -> None:
        # Only rows are kept of a node: a fleet's certificates would fill the memory.
        audit = outcome.value or not_looked_at(nodes[name], outcome.error or MmpError("no answer"))
        audits[name] = audit if scope.backups is None else _with_backup(audit, scope.backups, scope)
        seen(audits[name])

    try:
        with reading(nr):
            look_on(nr, nodes, look_at_node, told=told, processes=processes, scope=scope)
    finally:
        close_all(nr)
    return {name: audits[name] for name in nodes}


def assemble(
    nodes: Sequence[Node],
    rows: Mapping[str, NodeAudit],
    moment: datetime,
    everybody: Sequence[Node] | None = None,
    *,
    due_days: int = DUE_DAYS,
) -> AuditReport:
    """Make one report of what was found on each node, wherever and in whatever order the nodes were looked at.

    Args:
        nodes: those that the audit is about, in the order of the inventory.
        rows: what was found on each of them, by inventory name.
        moment: the time of the audit, aware.
        everybody: all nodes of the inventory; without them no stranger is told, for it may have been filtered out.
        due_days: how many days ahead the end of a connection counts as due.

    Raises:
        KeyError: a node has no row.
    """
    whole = {group.name: group for group in grouped(everybody or nodes)}
    certificates = with_shared_keys({node.name: rows[node.name].certificates for node in nodes})
    trust = _trust(nodes, everybody or nodes, rows, due_days)
    found = peer_findings(trust.checks, moment, due_days)
    audits = {
        name: replace(rows[name], certificates=own, findings=(*rows[name].findings, *found.get(name, ())))
        for name, own in certificates.items()
    }
    clusters = tuple(
        _cluster(group, whole[group.name], audits, strangers=everybody is not None) for group in grouped(nodes)
    )
    uses = authority_uses(certificates, {node.name: node.cluster for node in nodes})
    return AuditReport(clusters, moment, uses, trust)


def _trust(
    nodes: Sequence[Node], everybody: Sequence[Node], rows: Mapping[str, NodeAudit], due_days: int
) -> TrustGraph:
    members = deployments_of(everybody)
    peers = {node.name: rows[node.name].peer for node in nodes if rows[node.name].error is None}
    lost = tuple(name for name, peer in peers.items() if name not in members and (peer.pairs or peer.stores))
    return TrustGraph(checks_of(peers, members), lost, outside_links(peers), due_days)


def _with_backup(audit: NodeAudit, backups: Path, scope: Scope) -> NodeAudit:
    node = audit.node.name
    try:
        last = last_good(backups, node)
    except OSError as error:
        last, detail = None, f"cannot be read: {error.strerror}"
    else:
        detail = "does not exist"
    if last is not None:
        audit = replace(audit, backup=LastBackup(last.at, last.folder.name))
        age = scope.now - last.at
        if age <= timedelta(days=scope.backup_days):
            return audit
        detail = f"is {age.days} days old"
    old = finding("backup-old", "", detail=detail, node=shlex.quote(node))
    return replace(audit, findings=(*audit.findings, old))


def _cluster(group: Cluster, whole: Cluster, audits: Mapping[str, NodeAudit], *, strangers: bool) -> ClusterAudit:
    nodes = tuple(audits[node.name] for node in group.nodes)
    if group.name is None or whole.master is None:
        return ClusterAudit(group.name, group.site, nodes)
    statuses = {node.node.name: node.status for node in nodes if node.status is not None}
    cluster = observed_cluster(whole, statuses, (node.resolved for node in nodes))
    rows = {node.node.name: node.certificates for node in nodes if node.error is None}
    asked = frozenset(node.name for node in group.nodes)
    # Without all nodes of the inventory, a member that nobody knows may be one that was filtered out.
    well = in_sync(cluster) if strangers or not any(strangers_of(cluster)) else None
    findings = cluster_findings(cluster, rows, asked, strangers)
    if well is False and not any(one.severity in (Severity.UNFIT, Severity.UNKNOWN) for one in findings):
        findings += (not_well(cluster),)
    return ClusterAudit(group.name, whole.site, nodes, findings, well)
