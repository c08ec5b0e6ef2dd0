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
from mmpctl.tasks.awaited import Awaited, NotSeen, S, Sight
from mmpctl.tasks.pace import Pace, pause_without_a_node
from mmpctl.tasks.patience import Patience
from mmpctl.tasks.session import MMP, drop, on_node
from mmpctl.timing import RECORDER, Phase

# "Not accepted" is a conclusion only after repeated looks over a minute: right after `Y`, a state may be stale.
ACCEPT_SECONDS = 60.0
OPERATION_SECONDS = 1800.0
# Services restart, and the node with them perhaps: a person is told only of a node that stays away.
UNSEEN_SECONDS = 15.0
# So soon it is noticed between two looks that nobody waits any more, or that the connection has died.
_NOTICED_SECONDS = 0.1


class NeverEnded(VerificationError):
    """The operation did not end before its deadline."""

    code = "never-ended"


def wait_for_state(
    task: Task,
    awaited: Awaited[S],
    seconds: float = OPERATION_SECONDS,
    accept_seconds: float = ACCEPT_SECONDS,
    seen: Callable[[str, S | NotSeen], None] | None = None,
    give_up: Callable[[], bool] = lambda: False,
    pace: Pace | None = None,
) -> Result:
    """Look at the node until what was started on it has ended.

    Args:
        awaited: what it leads to, and how that is seen.
        seconds: how long it may take, by the clock that counts more: this machine's sleep is part of it.
        accept_seconds: how long the old state must be seen, look after look, before the command counts as not accepted.
        seen: called with the node's name and each new state, for progress; if it could not be looked at for a quarter
            of a minute, with why, and then with what it shows when it is back.
        give_up: asked between looks, and while nothing is done; waits no longer when it says so.
        pace: how soon the node is looked at again; by default that of an operation of which nothing is known.

    Returns:
        A result with the state that was seen last.

    Raises:
        NotAccepted: the device did not take the command.
        OperationFailed: the device reports that it failed.
        NeverEnded: it has not ended in time; nothing is known about how it will.
        OutcomeUnknown: it was given up; the operation goes on in the device.
    """
    patience, going = Patience(seconds), pace or Pace()
    shown: list[S] = []
    lost: MmpError | None = None
    gone: float | None = None
    told_gone = False
    sight = Sight(awaited, accept_seconds)
    while True:
        with on_node(task):
            if patience.woke():
                # The device, or a firewall, may have forgotten a session that was silent for so long.
                drop(task, MMP)
                sight.interrupt()
            began = steady_clock()
            try:
                state = awaited.read(task)
            except (AuthenticationError, HostKeyError):
                raise
            except (ConnectError, DialogueError, ParseError) as error:
                # The node restarts services, perhaps itself: not to be reached or understood for a while is no failure.
                drop(task, MMP)
                lost = error
                sight.interrupt()
                gone = gone or began
                if seen is not None and not told_gone and steady_clock() - gone >= UNSEEN_SECONDS:
                    seen(task.host.name, NotSeen(error.message))
                    # What it shows when it is back is news, also if it is the same as before.
                    told_gone, shown = True, []
            else:
                lost, gone, told_gone = None, None, False
                if seen is not None and [state] != shown:
                    seen(task.host.name, state)
                shown = [state]
                if sight.proves(state, steady_clock()):
                    going.ended(patience.elapsed)
                    return Result(host=task.host, result=state)
            trip = steady_clock() - began
            if patience.is_over(looked=lost is None):
                told = f"it could not be looked at ({lost.message})" if lost else f"it shows {awaited.told(shown[0])}"
                raise _never_ended(awaited, patience, told)
            if give_up():
                raise _given_up(awaited)
        elapsed = patience.elapsed
        with RECORDER.spent_on(Phase.WAIT):
            _rest(task, going.pause(elapsed, trip) if lost is None else pause_without_a_node(elapsed), give_up)


def _never_ended(awaited: Awaited[S], patience: Patience, told: str) -> NeverEnded:
    return NeverEnded(
        f"'{awaited.command}' has not ended after {patience.elapsed:.0f} s: {told}",
        advice="Nothing was repeated. Look at the node by hand, then resume.",
    )


def _given_up(awaited: Awaited[S]) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"'{awaited.command}' is not waited for any longer",
        advice="It continues on the node; `mmpctl resume` checks it.",
    )


def _rest(task: Task, seconds: float, give_up: Callable[[], bool]) -> None:
    """Do nothing for a while; shorter if the connection dies, or nobody waits any more."""
    until, was_alive = steady_clock() + seconds, _is_alive(task)
    while (left := until - steady_clock()) > 0:
        Event().wait(min(left, _NOTICED_SECONDS))
        if give_up() or (was_alive and not _is_alive(task)):
            return


def _is_alive(task: Task) -> bool:
    return MMP in task.host.connections and task.host.connections[MMP].connection.is_alive()
