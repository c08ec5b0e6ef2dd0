"""`pki list`: the certificate and key files on the node."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.device.answers.parse import parse_pki_list
from mmpctl.tasks.session import look


def list_files(task: Task) -> Result:
    """List the user supplied certificates and keys.

    Returns:
        A result with a `PkiList`: the names in the order of the device.

    Raises:
        MmpError: the node could not be asked, or its answer not be understood.
    """
    return Result(host=task.host, result=look(task, lambda session: parse_pki_list(session.command("pki list"))))
