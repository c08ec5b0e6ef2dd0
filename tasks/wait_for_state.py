"""Wait until what was started on a node has ended: only what the node shows tells."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from nornir.core.task import Result, Task

from mmpctl.errors import (
    AuthenticationError,
    ConnectError,
    DialogueError,
    HostKeyError,
    MmpError,
    OutcomeUnknown,
    ParseError,
    VerificationError,
)
from mmpctl.moment import steady_clock
from mmpctl.tasks.awaited import Awaited, S, Sight
from mmpctl.tasks.patience import Patience
from mmpctl.tasks.session import MMP, drop, on_node

# "Not accepted" is a conclusion only after repeated looks over a minute: right after `Y`, a state may be stale.
ACCEPT_SECONDS = 60.0
OPERATION_SECONDS = 1800.0


class NeverEnded(VerificationError):
    """The operation did not end before its deadline."""

    code = "never-ended"


def wait_for_state(
    task: Task,
    awaited: Awaited[S],
    seconds: float = OPERATION_SECONDS,
    accept_seconds: float = ACCEPT_SECONDS,
    seen: Callable[[str, S], None] | None = None,
    give_up: Callable[[], bool] = lambda: False,
) -> Result:
    """Look at the node until what was started on it has ended.

    Args:
        awaited: what it leads to, and how that is seen.
        seconds: how long it may take, by the clock that counts more: this machine's sleep is part of it.
        accept_seconds: how long the old state must be seen, look after look, before the command counts as not accepted.
        seen: called with the node's name and each new state, for progress.
        give_up: asked between looks; waits no longer when it says so.

    Returns:
        A result with the state that was seen last.

    Raises:
        NotAccepted: the device did not take the command.
        OperationFailed: the device reports that it failed.
        NeverEnded: it has not ended in time; nothing is known about how it will.
        OutcomeUnknown: it was given up; the operation goes on in the device.
    """
    patience = Patience(seconds)
    shown: list[S] = []
    lost: MmpError | None = None
    sight = Sight(awaited, accept_seconds)
    while True:
        with on_node(task):
            if patience.woke():
                # The device, or a firewall, may have forgotten a session that was silent for so long.
                drop(task, MMP)
                sight.interrupt()
            try:
                state = awaited.read(task)
            except (AuthenticationError, HostKeyError):
                raise
            except (ConnectError, DialogueError, ParseError) as error:
                # The node restarts services, perhaps itself: not to be reached or understood for a while is no failure.
                drop(task, MMP)
                lost = error
                sight.interrupt()
            else:
                lost = None
                if seen is not None and [state] != shown:
                    seen(task.host.name, state)
                shown = [state]
                if sight.proves(state, steady_clock()):
                    return Result(host=task.host, result=state)
            if patience.is_over(looked=lost is None):
                told = f"it could not be looked at ({lost.message})" if lost else f"it shows {awaited.told(shown[0])}"
                raise NeverEnded(
                    f"'{awaited.command}' has not ended after {patience.elapsed:.0f} s: {told}",
                    advice="Nothing was repeated. Look at the node by hand, then resume.",
                )
            if give_up():
                raise OutcomeUnknown(
                    f"'{awaited.command}' is not waited for any longer",
                    advice="It continues on the node; `mmpctl resume` checks it.",
                )
        # A tenth of what has passed: the wait lags behind the device by so much at most.
        Event().wait(min(max(patience.elapsed / 10, 0.05), 2.0))
