"""`database cluster connect`."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.cluster.permit import ConnectPermit
from mmpctl.tasks.operation import Hooks, operate

_NO_HOOKS = Hooks()


def connect(task: Task, permit: ConnectPermit, hooks: Hooks = _NO_HOOKS, dry_run: bool | None = None) -> Result:
    """Connect a client node to the keeper's cluster.

    Args:
        permit: from `Guards.connect`.
        hooks: what is told before the device is.
        dry_run: send nothing; by default as the Nornir object says.

    Returns:
        A result with an `Operation`; the operation goes on in the device: see `wait_for_state`.

    Raises:
        MmpError: see `operate`.
    """
    return operate(task, permit, "connect", hooks, dry_run, client=True)
