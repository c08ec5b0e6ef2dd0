"""Bring a backup home by SFTP, and prove that it arrived whole."""

from __future__ import annotations

from pathlib import Path

from nornir.core.task import Result, Task

from mmpctl.cluster.backup import Backup, BackupFile
from mmpctl.device.sftp import SftpSession
from mmpctl.errors import TransferError
from mmpctl.tasks.session import transfer

LIVE_JSON = "live.json"


def download(task: Task, name: str, folder: Path) -> Result:
    """Fetch a backup twice and keep it when both fetches are alike.

    Args:
        name: of the snapshot, without extension.
        folder: where the files go (0600); made when it is not there.

    Returns:
        A result with a `Backup`: the `.bak`, and the `.json` where the device has one (the vendor wants both).

    Raises:
        TransferError: it is empty, shorter than the device says, or differs between the fetches; nothing is kept then.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = transfer(task, lambda session: _fetch_all(session, name, folder))
    return Result(host=task.host, result=Backup(task.host.name, files))


def _fetch_all(session: SftpSession, name: str, folder: Path) -> tuple[BackupFile, ...]:
    there = {file.name: file.size for file in session.files()}
    bak = f"{name}.bak"
    if bak not in there:
        raise TransferError(f"{bak} is not on the node", code="backup-missing", advice="look at `backup list`")
    companion = next((file for file in (f"{name}.json", LIVE_JSON) if file in there), None)
    wanted = [bak] if companion is None else [bak, companion]
    return tuple(_fetch_twice(session, file, there[file], folder) for file in wanted)


def _fetch_twice(session: SftpSession, name: str, size: int, folder: Path) -> BackupFile:
    if size == 0:
        raise TransferError(f"{name} is empty on the node", code="backup-empty", advice="make the backup again")
    target, second = folder / name, folder / f".{name}.second"
    try:
        first_digest = session.fetch(name, target, expected_size=size)
        second_digest = session.fetch(name, second, expected_size=size)
        if first_digest.sha256 != second_digest.sha256:
            raise TransferError(
                f"two fetches of {name} differ",
                code="backup-differs",
                advice="the file changes or the line damages it: make the backup again",
            )
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        second.unlink(missing_ok=True)
    return BackupFile(name, str(target), first_digest.size, first_digest.sha256, fetched_twice=True)
