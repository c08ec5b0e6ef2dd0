"""`pki inspect`: what the device reports about a file."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.device.commands.pki_inspect import PKI_INSPECT
from mmpctl.tasks._ask import ask


def inspect(task: Task, file: str) -> Result:
    """Ask the device what is in a file.

    Args:
        file: its name on the device.

    Returns:
        A result with a `PkiInspection`: whether it was found, and its certificates.

    Raises:
        MmpError: the node could not be asked, or its answer not be understood.
    """
    return Result(host=task.host, result=ask(task, PKI_INSPECT, file))
