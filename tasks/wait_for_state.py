"""Wait until an operation that was started has ended: only the status tells."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from nornir.core.task import Result, Task

from mmpctl.cluster.status import DISABLED, ENABLED, DatabaseStatus
from mmpctl.errors import AuthenticationError, ConnectError, DialogueError, HostKeyError, MmpError, VerificationError
from mmpctl.tasks.session import MMP, drop, look, on_node
from mmpctl.tasks.status import read_status

# "Not accepted" is a conclusion only after repeated looks over a minute: right after `Y`, a status may be stale.
ACCEPT_SECONDS = 60.0
OPERATION_SECONDS = 1800.0


class NotAccepted(MmpError):
    """The device shows, look after look, that it did not take the command."""

    code = "not-accepted"


class OperationFailed(VerificationError):
    """The device says that the operation failed.

    Args:
        state_is_clear: the node shows the state from before, so nothing has to be found out.
        may_be_tried_again: another try can lose nothing, once the cause is gone.
    """

    code = "operation-failed"

    def __init__(self, message: str, *, state_is_clear: bool, may_be_tried_again: bool, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.state_is_clear = state_is_clear
        self.may_be_tried_again = may_be_tried_again


class NeverEnded(VerificationError):
    """The operation did not end before its deadline."""

    code = "never-ended"


@dataclass(frozen=True, slots=True)
class Awaited:
    """What an operation leads to.

    Args:
        operation: `remove`, `initialize`, `join` or `connect`.
        command: as it was sent; the status must name it.
        before: the status right before it was sent.
    """

    operation: str
    command: str
    before: DatabaseStatus

    def reached(self, status: DatabaseStatus) -> bool:
        """The status has its target value, names the command, and says that it succeeded."""
        me = status.me
        if status.finished(self.command) is not True or not status.settled:
            return False
        if self.operation == "remove":
            return status.status == DISABLED
        if status.status != ENABLED:
            return False
        if self.operation == "initialize":
            return me is not None and me.is_master
        return self.operation != "join" or (me is not None and me.in_sync)

    def untouched(self, status: DatabaseStatus) -> bool:
        """Nothing shows that the device took the command."""
        return (status.status, status.last_command, status.last_result) == (
            self.before.status,
            self.before.last_command,
            self.before.last_result,
        )


def wait_for_state(
    task: Task,
    awaited: Awaited,
    seconds: float = OPERATION_SECONDS,
    accept_seconds: float = ACCEPT_SECONDS,
    seen: Callable[[str, DatabaseStatus], None] | None = None,
) -> Result:
    """Look at the node until its operation has ended.

    Args:
        awaited: what the operation leads to.
        seconds: how long it may take.
        accept_seconds: how long the old state may be shown before the command counts as not accepted.
        seen: called with the node's name and each new status, for progress.

    Returns:
        A result with the last `DatabaseStatus`.

    Raises:
        NotAccepted: the device did not take the command.
        OperationFailed: the device says that it failed.
        NeverEnded: it has not ended in time; nothing is known about how it will.
    """
    begun = time.monotonic()
    last: DatabaseStatus | None = None
    lost: MmpError | None = None
    while True:
        elapsed = time.monotonic() - begun
        with on_node(task):
            try:
                status = look(task, read_status)
                lost = None
            except (AuthenticationError, HostKeyError):
                raise
            except (ConnectError, DialogueError) as error:
                # The node restarts services, perhaps itself: not to be reached for a while is no failure.
                drop(task, MMP)
                lost = error
            else:
                if status != last and seen is not None:
                    seen(task.host.name, status)
                last = status
                if awaited.reached(status):
                    return Result(host=task.host, result=status)
                _judge(awaited, status, elapsed, accept_seconds)
            if elapsed > seconds:
                told = f"it could not be looked at ({lost.message})" if lost else f"it says {_told(last)}"
                raise NeverEnded(
                    f"'{awaited.command}' has not ended after {elapsed:.0f} s: {told}",
                    advice="nothing was repeated; look at the node by hand, then resume",
                )
        # A tenth of what has passed: the wait lags behind the device by so much at most.
        Event().wait(min(max(elapsed / 10, 0.05), 2.0))


def _judge(awaited: Awaited, status: DatabaseStatus, elapsed: float, accept_seconds: float) -> None:
    if awaited.untouched(status):
        if elapsed > accept_seconds:
            raise NotAccepted(
                f"the node does not show '{awaited.command}' after {elapsed:.0f} s of looking: it was not accepted",
                advice="nothing was changed by it; resume tries it again",
            )
        return
    back = status.status == awaited.before.status
    if status.finished(awaited.command) is False and status.settled:
        raise OperationFailed(
            f"the device says that '{awaited.command}' failed" + (f": {status.error}" if status.error else ""),
            state_is_clear=awaited.operation == "remove" and back,
            # A second initialize is never sent in one run; a join has nothing left to destroy after a failed one.
            may_be_tried_again=awaited.operation != "initialize" and back,
            advice="look at the node's log; its database is as the device left it, its backup is at home",
        )
    other = status.last_command not in (None, awaited.before.last_command)
    if other and status.last_command is not None and status.last_command.split() != awaited.command.split():
        raise VerificationError(
            f"the last command is '{status.last_command}', not '{awaited.command}': somebody else works on the node",
            code="other-command",
            advice="find out who, agree, then resume",
        )


def _told(status: DatabaseStatus | None) -> str:
    return "nothing" if status is None else status.status
