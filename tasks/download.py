"""Bring a backup home by SFTP, and prove that it arrived whole."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from nornir.core.task import Result, Task

from mmpctl.cluster.backup import Backup, BackupFile
from mmpctl.device.sftp import FileDigest, SftpSession
from mmpctl.errors import TransferError
from mmpctl.tasks.session import transfer

LIVE_JSON = "live.json"

_BAK_PAIRS: Final = 2
# The node writes this file anew while it works.
_JSON_PAIRS: Final = 4


def download(task: Task, backup: str, folder: Path) -> Result:
    """Fetch a backup twice and keep it when both fetches are alike; a `.json` that goes on changing is kept as it is.

    Args:
        backup: name of the snapshot, without extension.
        folder: where the files go (0600); made when it is not there.

    Returns:
        A result with a `Backup`: the `.bak`, and the `.json` where the device has one (the vendor wants both).

    Raises:
        TransferError: it is empty, shorter than the device says, or differs between the fetches; nothing is kept then.
    """
    # The mode of `mkdir` does not hold for the parents that it makes.
    for each in reversed((folder, *folder.parents)):
        each.mkdir(mode=0o700, exist_ok=True)
    files = transfer(task, lambda session: _fetch_all(session, backup, folder))
    return Result(host=task.host, result=Backup(task.host.name, files))


def _fetch_all(session: SftpSession, name: str, folder: Path) -> tuple[BackupFile, ...]:
    there = {file.name for file in session.files()}
    bak = f"{name}.bak"
    if bak not in there:
        raise TransferError(f"{bak} is not on the node", code="backup-missing", advice="look at `backup list`")
    companion = next((file for file in (f"{name}.json", LIVE_JSON) if file in there), None)
    files = (_fetch_twice(session, bak, folder, _BAK_PAIRS),)
    return files if companion is None else (*files, _fetch_twice(session, companion, folder, _JSON_PAIRS, live=True))


def _fetch_twice(session: SftpSession, name: str, folder: Path, pairs: int, *, live: bool = False) -> BackupFile:
    target, second = folder / name, folder / f".{name}.second"
    last: FileDigest | None = None
    cut: TransferError | None = None
    try:
        for _ in range(pairs):
            size = _size(session, name)
            try:
                last = first = session.fetch(name, target, expected_size=size)
                again = session.fetch(name, second, expected_size=None if live else size)
            except TransferError as error:
                if error.code != "incomplete":
                    raise
                cut = error
                continue
            if first.sha256 == again.sha256:
                return _kept(first, target, alike=True)
            second.replace(target)
            last = again
        if live and last is not None and last.size:
            return _kept(last, target, alike=False)
        raise TransferError(
            f"two fetches of {name} differ" if cut is None else f"{name} does not come whole: {cut.message}",
            code="backup-differs",
            advice="the file changes or the line damages it: make the backup again",
        )
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        second.unlink(missing_ok=True)


def _size(session: SftpSession, name: str) -> int:
    there = session.stat(name)
    if there is None:
        raise TransferError(f"{name} is not on the node", code="backup-missing", advice="look at `backup list`")
    if there.size == 0:
        raise TransferError(f"{name} is empty on the node", code="backup-empty", advice="make the backup again")
    return there.size


def _kept(digest: FileDigest, path: Path, *, alike: bool) -> BackupFile:
    return BackupFile(digest.name, str(path), digest.size, digest.sha256, fetched_twice=alike)
