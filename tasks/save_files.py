"""Save files of the node here before they are replaced there."""

from __future__ import annotations

from os import PathLike

from nornir.core.task import Result, Task

from mmpctl.device.sftp.mmp_sftp import SftpSession
from mmpctl.tasks._own_folder import own_folder
from mmpctl.tasks.session import transfer


def save_files(task: Task, names: tuple[str, ...], folder: str | PathLike[str]) -> Result:
    """Fetch files by SFTP; what is not on the node, or saved here already, is passed over.

    Args:
        names: on the device; keys may be among them, for this alone they leave the device.
        folder: a private folder for the files of many nodes; they go into `<folder>/<node>/`, 0600.

    Returns:
        A result with the `FileDigest` of each file that was fetched.

    Raises:
        UsageError: the folder cannot be used.
        TransferError: a file that is there could not be brought home whole.
    """
    home = own_folder(task, folder)

    def fetch(session: SftpSession) -> tuple[object, ...]:
        there = {file.name: file.size for file in session.files()}
        wanted = [name for name in names if name in there and not (home / name).exists()]
        return tuple(session.fetch(name, home / name, expected_size=there[name]) for name in wanted)

    return Result(host=task.host, result=transfer(task, fetch))
