"""Send certificate files to the node by SFTP, and prove that they arrived whole."""

from __future__ import annotations

from collections.abc import Mapping

from nornir.core.task import Result, Task

from mmpctl.device.sftp import FileDigest, SftpSession
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

    sent: set[str] = set()

    def send(session: SftpSession) -> tuple[FileDigest, ...]:
        # Kept over a second try: what the first one sent has changed the node.
        sent.update(name for name, content in files.items() if not _is_there(session, name, content))
        return tuple(session.store(content, name, replace=replace) for name, content in files.items())

    digests = transfer(task, send)
    return Result(host=task.host, result=digests, changed=bool(sent))


def _is_there(session: SftpSession, name: str, content: bytes) -> bool:
    there = session.stat(name)
    return there is not None and there.size == len(content) and session.read(name, limit=len(content)) == content
