"""`database cluster initialize`."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.cluster.permit import InitializePermit
from mmpctl.tasks.operation import Hooks, operate

_NO_HOOKS = Hooks()


def initialize(task: Task, permit: InitializePermit, hooks: Hooks = _NO_HOOKS, dry_run: bool | None = None) -> Result:
    """Make the keeper's database the master of a new cluster.

    Args:
        permit: from `Guards.initialize`.
        hooks: what is told before the device is.
        dry_run: send nothing; by default as the Nornir object says.

    Returns:
        A result with an `Operation`; the operation goes on in the device: see `wait_for_state`.

    Raises:
        MmpError: see `operate`.
    """
    return operate(task, permit, "initialize", hooks, dry_run)
