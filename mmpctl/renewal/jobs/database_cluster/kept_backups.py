"""The backups of a run that lie on this machine: what the guards and a resumed run go by."""

from __future__ import annotations

from pathlib import Path

from mmpctl.cluster.backups import Backup, BackupFile
from mmpctl.cluster.step import StepKey
from mmpctl.cluster.step_kinds import ActionName
from mmpctl.errors import VerificationError
from mmpctl.evidence.kept_files import sha256_of
from mmpctl.runs.journal import Journal
from mmpctl.runs.record import Event, StepResult


def backups_at_home(journal: Journal, cluster: str, folder: Path, again: bool = False) -> dict[str, Backup]:
    """Return the backups that the journal knows and that still lie in the run's folder, by node.

    Args:
        journal: the run's journal.
        cluster: the cluster's name.
        folder: the run's folder; the paths of the files are relative to it.
        again: the second backups (the keeper's) instead of the first.
    """
    backups: dict[str, Backup] = {}
    ended_well = (cluster, Event.OUTCOME, StepResult.DONE)
    for record in journal.records:
        if (record.cluster, record.event, record.result) != ended_well or record.node is None:
            continue
        if record.key != StepKey(ActionName.BACKUP, record.node, again):
            continue
        files = tuple(BackupFile(**file) for file in record.detail["files"])
        if all(_is_there(folder / file.path, file.bytes) for file in files):
            backups[record.node] = Backup(record.node, files)
    return backups


def check_backups(journal: Journal, cluster: str, folder: Path) -> None:
    """Check that the backups on this machine are still the ones that were fetched and verified.

    Args:
        journal: the run's journal.
        cluster: the cluster's name.
        folder: the run's folder.

    Raises:
        VerificationError: a file has another content than it had (code `backup-damaged`).
    """
    for again in (False, True):
        for node, backup in backups_at_home(journal, cluster, folder, again).items():
            for file in backup.files:
                if sha256_of(folder / file.path) != file.sha256:
                    raise VerificationError(
                        f"the backup {folder / file.path} is no longer the file that was fetched from {node}",
                        code="backup-damaged",
                        node=node,
                        advice="No node is removed or joined without it. Put the right file back (its SHA-256 "
                        f"begins with {file.sha256[:16]}), or close this run with `mmpctl runs --close`.",
                    )


def _is_there(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size
