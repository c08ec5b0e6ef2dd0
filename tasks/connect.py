"""`database cluster connect`."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.cluster.permit import ConnectPermit
from mmpctl.tasks.operation import Hooks, operate

_NO_HOOKS = Hooks()


def connect(task: Task, permit: ConnectPermit, hooks: Hooks = _NO_HOOKS) -> Result:
    """Connect a client node to the keeper's cluster.

    Args:
        permit: from `Guards.connect`.
        hooks: what is told before the device is.

    Returns:
        A result with an `Operation`; the operation goes on in the device: see `wait_for_state`.

    Raises:
        MmpError: see `operate`.
    """
    return operate(task, permit, "connect", hooks, client=True)
