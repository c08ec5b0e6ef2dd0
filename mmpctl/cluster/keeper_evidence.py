"""The evidence about a node as keeper: its role in the inventory, its status, its last command, its newest backup."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from mmpctl.cluster.backups import BackupOnNode
from mmpctl.cluster.durations import age
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.status import DISABLED
from mmpctl.times import minute

_NO_TIME = datetime.min.replace(tzinfo=timezone.utc)


def evidence_of(cluster: ObservedCluster, node: ObservedNode, now: datetime | None = None) -> str:
    """Return what is known of one node, in one sentence.

    Args:
        cluster: all nodes, seen in one look.
        node: the one that it is about.
        now: the time, aware; without it a backup's date is told, and not its age.
    """
    head = f"{node.name} ({node.role.value} in the inventory)"
    status = node.status
    if status is None:
        return f"{head}: {node.trouble} ({node.error})"
    last = "no last command"
    if status.last_command:
        last = f"last command '{status.last_command}' ({status.last_result or 'no result'})"
    return f"{head}: {_view(cluster, node)}; {last}; {_newest(node, now)}"


def _view(cluster: ObservedCluster, node: ObservedNode) -> str:
    status = node.status
    if status is None or status.status == DISABLED:
        return "not in a cluster (Disabled)"
    views = []
    for member in status.nodes:
        owner = cluster.owner(member.address)
        name = owner.name if owner else member.address
        views.append(f"{name}{' (itself)' if member.me else ''} is {member.state}")
    return f"{status.status}, " + (", ".join(views) or "shows no members")


def _newest(node: ObservedNode, now: datetime | None) -> str:
    if node.backups is None:
        return "its backups are not known"
    if not node.backups:
        return "no backup on it"
    # Without times, the last name is as good as any other: the names of runs sort by time.
    newest = max(node.backups, key=lambda backup: (backup.modified or _NO_TIME, backup.name))
    return f"newest backup {newest.name}: {_bytes(newest)}, {_age(newest, node, now)}"


def _bytes(backup: BackupOnNode) -> str:
    return "size unknown" if backup.bytes is None else f"{backup.bytes} bytes"


def _age(backup: BackupOnNode, node: ObservedNode, now: datetime | None) -> str:
    if backup.modified is None:
        return "age unknown"
    if now is None:
        return f"of {minute(backup.modified)}"
    # The file's time is by the node's own clock.
    there = now + timedelta(seconds=node.clock_ahead or 0.0)
    return f"{age(backup.modified, there)} ({minute(backup.modified)})"
