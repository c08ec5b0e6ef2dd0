"""Send certificate files to the node by SFTP, and prove that they arrived whole."""

from __future__ import annotations

from collections.abc import Mapping

from nornir.core.task import Result, Task

from mmpctl.device.sftp import SftpSession
from mmpctl.tasks.session import transfer


def upload(task: Task, files: Mapping[str, bytes], replace: bool = False) -> Result:
    """Put files on the node; what is there already with the same content is not sent again.

    Args:
        files: content by name on the device.
        replace: overwrite files of these names that have another content.

    Returns:
        A result with the `FileDigest` of each file; changed is set when something was sent.

    Raises:
        TransferError: a file of that name with another content is there, or what arrived is not what was sent.
    """
    if task.is_dry_run():
        return Result(host=task.host, result=())

    def send(session: SftpSession) -> tuple[object, ...]:
        return tuple(session.store(content, name, replace=replace) for name, content in files.items())

    before = transfer(task, lambda session: {file.name: (file.size, file.modified) for file in session.files()})
    digests = transfer(task, send)
    after = transfer(task, lambda session: {file.name: (file.size, file.modified) for file in session.files()})
    return Result(host=task.host, result=digests, changed=any(before.get(name) != after.get(name) for name in files))
