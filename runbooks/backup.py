"""A backup of every node, brought home and verified."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl import exit_codes as codes
from mmpctl.cluster.backups import Backup
from mmpctl.documents.backup import BackupDocument, BackupFileDocument, BackupRecordDocument
from mmpctl.errors import MmpError, UsageError
from mmpctl.fleet.run_on import Outcome, as_mmp_error, close_all, run_on
from mmpctl.inventory.nodes import Node, nodes_of
from mmpctl.runs.copies import RECORD, prune
from mmpctl.runs.disk import write_json
from mmpctl.tasks import download, snapshot
from mmpctl.times import now_utc, stamp


@dataclass(frozen=True, slots=True)
class NodeBackup:
    """What came of the backup of one node.

    Args:
        node: the node.
        backup: what was brought home; None if nothing was.
        error: why; None if it was.
        pruned: the older snapshots whose copies here were deleted.
    """

    node: Node
    backup: Backup | None
    error: str | None = None
    pruned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What was brought home.

    Args:
        folder: where it lies: a folder per node, in it one per snapshot; None if each site has its own.
        snapshot: the name of the backup on the devices.
        clusters: the cluster of each node, None for nodes without one.
        outcomes: the backup of each node, or why there is none.
        pruned: the older snapshots of each node whose copies here were deleted.
    """

    folder: Path | None
    snapshot: str
    clusters: Mapping[str, str | None]
    outcomes: Mapping[str, Outcome]
    pruned: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def code(self) -> int:
        """0 if every backup is on this machine; 7 if none is, 10 if some are."""
        failed = sum(outcome.error is not None for outcome in self.outcomes.values())
        if not failed:
            return codes.DONE
        return codes.LOOK if failed == len(self.outcomes) else codes.DIFFERENT


def run(
    nr: Nornir,
    to: Path,
    *,
    now: datetime | None = None,
    keep: int | None = None,
    seen: Callable[[NodeBackup], None] = lambda _: None,
) -> BackupReport:
    """Make a backup on every node of the inventory given, fetch it twice, and keep it here.

    Args:
        nr: filtered by the caller.
        to: the folder to keep the backups in; made when it is not there (0700: backups hold private keys).
        now: the time, aware; names the snapshot.
        keep: delete here what is older than so many good copies of a node; only if this backup of it is good. Nothing
            is deleted on a node.
        seen: called with each node as soon as its backup is here or has failed, from several threads.

    Raises:
        UsageError: the folder cannot be written.
    """
    name = backup_name(now or now_utc())
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--to {to}: {error.strerror}", advice="Choose a folder that can be written.") from error

    nodes = {node.name: node for node in nodes_of(nr)}
    pruned: dict[str, tuple[str, ...]] = {}

    def backup(task: Task) -> Result:
        node = nodes[task.host.name]
        try:
            snapshot(task, name)
            result = download(task, name, to)
            _record(result.result, to / node.name / name / RECORD)
        except Exception as error:
            seen(NodeBackup(node, None, as_mmp_error(error, node.name).told))
            raise
        pruned[node.name] = prune(to, node.name, keep) if keep is not None else ()
        seen(NodeBackup(node, result.result, None, pruned[node.name]))
        return result

    try:
        outcomes = run_on(nr, nodes, backup)
    finally:
        close_all(nr)
    return BackupReport(to, name, {node.name: node.cluster for node in nodes.values()}, outcomes, pruned)


def assemble(rows: Sequence[NodeBackup], now: datetime) -> BackupReport:
    """Return the report of backups that many sites have made, each in its own folder.

    Args:
        rows: one for each node.
        now: the time that names the snapshot.
    """
    outcomes = {
        row.node.name: Outcome(row.backup) if row.error is None else Outcome(error=MmpError(row.error)) for row in rows
    }
    clusters = {row.node.name: row.node.cluster for row in rows}
    return BackupReport(None, backup_name(now), clusters, outcomes, {row.node.name: row.pruned for row in rows})


def backup_name(now: datetime) -> str:
    """Return the name of the backups that are made now.

    Args:
        now: the time, aware.
    """
    return f"mmpctl-{stamp(now)}"


def _record(backup: Backup, record: Path) -> None:
    """Write the record of its files beside a backup; without one, it does not count as good."""
    told: BackupRecordDocument = {"schema": 1, "node": backup.node, "files": _files(backup)}
    try:
        write_json(record, told)
    except OSError as error:
        raise MmpError(
            f"the backup is in {record.parent}, but {RECORD} could not be written beside it ({error.strerror})",
            code="record",
            advice="Make room on the disk, and make the backup again.",
        ) from error


def document(report: BackupReport) -> BackupDocument:
    """Return the report as JSON."""
    return {
        "schema": 1,
        "command": "backup",
        "folder": None if report.folder is None else str(report.folder),
        "snapshot": report.snapshot,
        "nodes": [
            {
                "name": name,
                "cluster": report.clusters[name],
                "ok": outcome.error is None,
                "error": outcome.error.told if outcome.error else None,
                "pruned": list(report.pruned.get(name, ())),
                "files": _files(outcome.value) if outcome.value else [],
            }
            for name, outcome in report.outcomes.items()
        ],
    }


def _files(backup: Backup) -> list[BackupFileDocument]:
    return [
        {
            "name": file.name,
            "path": file.path,
            "bytes": file.bytes,
            "sha256": file.sha256,
            "fetched_twice": file.fetched_twice,
        }
        for file in backup.files
    ]
