"""Delete one certificate file of the node by SFTP."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.device.sftp.mmp_sftp import SftpSession
from mmpctl.errors import RefusedError, TransferError
from mmpctl.leftovers.deletion import DeletionPermit
from mmpctl.tasks.session import on_node, transfer


def delete_file(task: Task, permit: DeletionPermit) -> Result:
    """Delete the very file that the permit names; if the line drops on the way, look what has become of it.

    Args:
        permit: of `mmpctl.leftovers.deletion.permit_deletion`.

    Returns:
        A result with the file's name; changed is set when it was deleted.

    Raises:
        RefusedError: the permit is for another node or another content, or was used before.
        TransferError: the node refuses, or the file is still there.
        MmpError: the node could not be reached; if the line dropped after the deletion was sent, the file may be gone.
    """
    with on_node(task):
        if permit.node != task.host.name:
            raise RefusedError(
                f"the permit is to delete {permit.file} on {permit.node}",
                code="not-deleted",
                advice="Nothing was deleted.",
            )
    sent = False

    def delete(session: SftpSession) -> bool:
        nonlocal sent
        if not sent:
            sent = True
            return session.remove_file(permit)
        # The line has dropped: the permit may be spent, so this only looks.
        if session.stat(permit.file) is not None:
            raise TransferError(
                f"the connection ended before {permit.file} was deleted",
                code="not-deleted",
                advice="It is on the node as it was. Try again.",
            )
        return True

    return Result(host=task.host, result=permit.file, changed=transfer(task, delete, apart=True))
