"""`database cluster remove`."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.cluster.permit import RemovePermit
from mmpctl.tasks.operation import Hooks, operate

_NO_HOOKS = Hooks()


def remove(
    task: Task, permit: RemovePermit, client: bool = False, hooks: Hooks = _NO_HOOKS, dry_run: bool | None = None
) -> Result:
    """Take the node out of its cluster; its present database goes on as a local one.

    Args:
        permit: from `Guards.remove`.
        client: the node has no database of its own; its question is worded otherwise.
        hooks: what is told before the device is.
        dry_run: send nothing; by default as the Nornir object says.

    Returns:
        A result with an `Operation`; the operation goes on in the device: see `wait_for_state`.

    Raises:
        MmpError: see `operate`.
    """
    return operate(task, permit, "remove", hooks, dry_run, client=client)
