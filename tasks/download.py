"""Download a backup by SFTP, and prove that it is complete."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Final

from nornir.core.task import Result, Task

from mmpctl.cluster.backups import Backup, BackupFile
from mmpctl.device.sftp.mmp_sftp import FileDigest, SftpSession
from mmpctl.errors import TransferError
from mmpctl.runs.disk import sync_folder
from mmpctl.tasks._own_folder import own_folder
from mmpctl.tasks.session import transfer

LIVE_JSON = "live.json"

_BAK_PAIRS: Final = 2
# The node writes this file again while it works.
_JSON_PAIRS: Final = 4


def download(task: Task, backup: str, folder: str | PathLike[str]) -> Result:
    """Fetch a backup twice and keep it when both fetches are alike; a `.json` that goes on changing is kept as it is.

    Args:
        backup: name of the snapshot, without extension.
        folder: a folder for the backups of many nodes, text or path; the files go into `<folder>/<node>/<backup>/`
            (folders 0700, files 0600). An earlier fetch of the same backup is replaced when the new one is whole.

    Returns:
        A result with a `Backup`: the `.bak`, and the `.json` where the device has one (the vendor wants both).

    Raises:
        UsageError: the folder cannot be used.
        TransferError: it is empty, shorter than the device says, or differs between the fetches; what was there before
            is kept then.
    """
    home = own_folder(task, folder, backup)
    files = transfer(task, lambda session: _fetch_all(session, backup, home))
    return Result(host=task.host, result=Backup(task.host.name, files))


def _fetch_all(session: SftpSession, name: str, folder: Path) -> tuple[BackupFile, ...]:
    there = {file.name for file in session.files()}
    bak = f"{name}.bak"
    if bak not in there:
        raise TransferError(
            f"{bak} is not on the node", code="backup-missing", advice="Look at `backup list` on the node."
        )
    companion = next((file for file in (f"{name}.json", LIVE_JSON) if file in there), None)
    files = (_fetch_twice(session, bak, folder, _BAK_PAIRS),)
    return files if companion is None else (*files, _fetch_twice(session, companion, folder, _JSON_PAIRS, live=True))


def _fetch_twice(session: SftpSession, name: str, folder: Path, pairs: int, *, live: bool = False) -> BackupFile:
    one, other = folder / f".{name}.first", folder / f".{name}.second"
    last: FileDigest | None = None
    cut: TransferError | None = None
    try:
        for _ in range(pairs):
            size = _size(session, name)
            try:
                last = first = session.fetch(name, one, expected_size=size)
                again = session.fetch(name, other, expected_size=None if live else size)
            except TransferError as error:
                if error.code != "incomplete":
                    raise
                cut = error
                continue
            if first.sha256 == again.sha256:
                return _kept(first, one, folder / name, alike=True)
            other.replace(one)
            last = again
        if live and last is not None and last.size:
            return _kept(last, one, folder / name, alike=False)
        raise TransferError(
            f"two fetches of {name} differ" if cut is None else f"{name} arrives incomplete: {cut.message}",
            code="backup-differs",
            advice="The file changes, or the connection damages it. Make the backup again.",
        )
    finally:
        for path in (one, other):
            path.unlink(missing_ok=True)


def _size(session: SftpSession, name: str) -> int:
    there = session.stat(name)
    if there is None:
        raise TransferError(
            f"{name} is not on the node", code="backup-missing", advice="Look at `backup list` on the node."
        )
    if there.size == 0:
        raise TransferError(f"{name} is empty on the node", code="backup-empty", advice="Make the backup again.")
    return there.size


def _kept(digest: FileDigest, fetched: Path, path: Path, *, alike: bool) -> BackupFile:
    # Only now: a backup of before lies there until this one is whole.
    fetched.replace(path)
    sync_folder(path.parent)
    return BackupFile(digest.name, str(path), digest.size, digest.sha256, fetched_twice=alike)
