"""`backup snapshot`: a backup of configuration and database, made on the node."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.errors import CommandRefused
from mmpctl.tasks.session import mmp, on_node

# A snapshot copies the whole database; no figure is known, so it gets a generous limit.
SNAPSHOT_SECONDS = 900.0


def snapshot(task: Task, backup: str, dry_run: bool | None = None) -> Result:
    """Make a backup on the node; `download` fetches it.

    Args:
        backup: its name, without extension; letters, digits, hyphen and underscore.
        dry_run: send nothing; by default as the Nornir object says.

    Returns:
        A result with the command that was sent; changed is set, in a dry run too, and `diff` names the new file.

    Raises:
        MmpError: the device refused, or did not answer.
    """
    command = f"backup snapshot {backup}"
    result = Result(host=task.host, result=command, changed=True, diff=f"+{backup}.bak")
    if task.is_dry_run(dry_run):
        return result
    with on_node(task):
        try:
            mmp(task).command(command, deadline=SNAPSHOT_SECONDS)
        except CommandRefused as error:
            error.advice = error.advice or "Without a backup nothing is started. Make room on the node, then try again."
            raise
    return result
