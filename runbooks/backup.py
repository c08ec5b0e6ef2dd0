"""A backup of every node, brought home and verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl import exit_codes as codes
from mmpctl.cluster.backups import Backup
from mmpctl.documents.backup import BackupDocument, BackupFileDocument, BackupRecordDocument
from mmpctl.errors import MmpError, UsageError
from mmpctl.fleet.run_on import Outcome, close_all, run_on
from mmpctl.inventory.nodes import nodes_of
from mmpctl.runs.copies import RECORD, prune
from mmpctl.runs.disk import write_json
from mmpctl.tasks import download, snapshot
from mmpctl.times import now_utc, stamp


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What was brought home.

    Args:
        folder: where it lies: a folder per node, in it one per snapshot.
        snapshot: the name of the backup on the devices.
        clusters: the cluster of each node, None for nodes without one.
        outcomes: the backup of each node, or why there is none.
        pruned: the older snapshots of each node whose copies here were deleted.
    """

    folder: Path
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


def run(nr: Nornir, to: Path, *, now: datetime | None = None, keep: int | None = None) -> BackupReport:
    """Make a backup on every node of the inventory given, fetch it twice, and keep it here.

    Args:
        nr: filtered by the caller.
        to: the folder to keep the backups in; made when it is not there (0700: backups hold private keys).
        now: the time, aware; names the snapshot.
        keep: delete here what is older than so many good copies of a node; only if this backup of it is good. Nothing
            is deleted on a node.

    Raises:
        UsageError: the folder cannot be written.
    """
    name = f"mmpctl-{stamp(now or now_utc())}"
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--to {to}: {error.strerror}", advice="Choose a folder that can be written.") from error

    def backup(task: Task) -> Result:
        snapshot(task, name)
        return download(task, name, to)

    try:
        nodes = nodes_of(nr)
        outcomes = run_on(nr, (node.name for node in nodes), backup)
    finally:
        close_all(nr)
    outcomes = {node: _recorded(outcome, to / node / name / RECORD, node) for node, outcome in outcomes.items()}
    pruned = {
        node: prune(to, node, keep) if keep is not None and outcome.value is not None else ()
        for node, outcome in outcomes.items()
    }
    return BackupReport(to, name, {node.name: node.cluster for node in nodes}, outcomes, pruned)


def _recorded(outcome: Outcome, record: Path, node: str) -> Outcome:
    """Return the same, with the record of its files beside them; without one, the backup does not count as good."""
    if outcome.value is None:
        return outcome
    try:
        told: BackupRecordDocument = {"schema": 1, "node": node, "files": _files(outcome.value)}
        write_json(record, told)
    except OSError as error:
        unwritten = MmpError(
            f"the backup is in {record.parent}, but {RECORD} could not be written beside it ({error.strerror})",
            code="record",
            node=node,
            advice="Make room on the disk, and make the backup again.",
        )
        return replace(outcome, value=None, error=unwritten)
    return outcome


def document(report: BackupReport) -> BackupDocument:
    """Return the report as JSON."""
    return {
        "schema": 1,
        "command": "backup",
        "folder": str(report.folder),
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
