"""`backup snapshot`: a backup of configuration and database, made on the node."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.errors import CommandRefused
from mmpctl.tasks.session import mmp, on_node

# A snapshot copies the whole database; no figure is known, so it gets a generous limit.
SNAPSHOT_SECONDS = 900.0


def snapshot(task: Task, backup: str) -> Result:
    """Make a backup on the node; `download` fetches it.

    Args:
        backup: its name, without extension; letters, digits, hyphen and underscore.

    Returns:
        A result with the command that was sent; changed is set unless it is a dry run.

    Raises:
        MmpError: the device refused, or did not answer.
    """
    command = f"backup snapshot {backup}"
    if task.is_dry_run():
        return Result(host=task.host, result=command)
    with on_node(task):
        try:
            mmp(task).command(command, deadline=SNAPSHOT_SECONDS)
        except CommandRefused as error:
            error.advice = error.advice or "without a backup nothing is begun: make room on the node, then try again"
            raise
    return Result(host=task.host, result=command, changed=True)
