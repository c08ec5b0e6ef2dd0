"""`database cluster join`."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.cluster.permit import JoinPermit
from mmpctl.tasks.operation import Hooks, operate

_NO_HOOKS = Hooks()


def join(task: Task, permit: JoinPermit, hooks: Hooks = _NO_HOOKS, dry_run: bool | None = None) -> Result:
    """Replace the node's database by the keeper's.

    Args:
        permit: from `Guards.join`.
        hooks: what is told before the device is.
        dry_run: send nothing; by default as the Nornir object says.

    Returns:
        A result with an `Operation`; the operation goes on in the device: see `wait_for_state`.

    Raises:
        MmpError: see `operate`.
    """
    return operate(task, permit, "join", hooks, dry_run)
