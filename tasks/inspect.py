"""`pki inspect`: what the device reports about a file."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.device.answers.parse import parse_pki_inspect
from mmpctl.tasks.session import look


def inspect(task: Task, file: str) -> Result:
    """Ask the device what is in a file.

    Args:
        file: its name on the device.

    Returns:
        A result with a `PkiInspection`: whether it was found, and its certificates.

    Raises:
        MmpError: the node could not be asked, or its answer not be understood.
    """
    return Result(
        host=task.host, result=look(task, lambda session: parse_pki_inspect(session.command(f"pki inspect {file}")))
    )
