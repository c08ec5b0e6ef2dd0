"""`pki list`: the certificate and key files on the node."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.device.commands.pki_list import PKI_LIST
from mmpctl.tasks._ask import ask


def list_files(task: Task) -> Result:
    """List the user supplied certificates and keys.

    Returns:
        A result with a `PkiList`: the names in the order of the device.

    Raises:
        MmpError: the node could not be asked, or its answer not be understood.
    """
    return Result(host=task.host, result=ask(task, PKI_LIST))
