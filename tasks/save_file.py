"""Save one file of the node here before it is deleted there."""

from __future__ import annotations

from os import PathLike

from nornir.core.task import Result, Task

from mmpctl.device.sftp.mmp_sftp import SftpSession
from mmpctl.errors import TransferError
from mmpctl.leftovers.deletion import SavedFile
from mmpctl.tasks._own_folder import own_folder
from mmpctl.tasks.session import transfer


def save_file(task: Task, file: str, folder: str | PathLike[str], below: str) -> Result:
    """Fetch a file twice by SFTP, and keep it if both fetches are alike; its content is never shown.

    Args:
        file: on the device; of a key, this is the only way off the device.
        folder: a private folder for the files of many nodes; the file goes into `<folder>/<node>/<below>/` (folders
            0700, file 0600).
        below: name of a folder that no earlier file lies in.

    Returns:
        A result with a `SavedFile`.

    Raises:
        UsageError: the folder cannot be used.
        TransferError: the file could not be fetched whole, cannot be written here (code `local-disk`), or differs
            between the fetches (code `saved-differs`); nothing is kept then.
    """
    home = own_folder(task, folder, below)
    kept, second = home / file, home / f".{file}.second"

    def fetch(session: SftpSession) -> SavedFile:
        try:
            first = session.fetch(file, kept)
            again = session.fetch(file, second, expected_size=first.size)
            if first.sha256 != again.sha256:
                raise TransferError(
                    f"two fetches of {file} differ",
                    code="saved-differs",
                    advice="The file changes, or the connection damages it. Nothing was deleted. Try again.",
                )
        except BaseException:
            kept.unlink(missing_ok=True)
            raise
        finally:
            second.unlink(missing_ok=True)
        return SavedFile(task.host.name, file, str(kept), first.size, first.sha256)

    return Result(host=task.host, result=transfer(task, fetch, apart=True))
