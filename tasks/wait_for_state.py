"""Wait until an operation that was started has ended: only the status tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from nornir.core.task import Result, Task

from mmpctl.cluster.status import DatabaseStatus
from mmpctl.cluster.step_kinds import OperationKind
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
from mmpctl.tasks.patience import Looks, Patience
from mmpctl.tasks.session import MMP, drop, on_node
from mmpctl.tasks.status import seen_status

# "Not accepted" is a conclusion only after repeated looks over a minute: right after `Y`, a status may be stale.
ACCEPT_SECONDS = 60.0
OPERATION_SECONDS = 1800.0


class NotAccepted(MmpError):
    """The device shows repeatedly that it did not accept the command."""

    code = "not-accepted"


class OperationFailed(VerificationError):
    """The device reports that the operation failed.

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
    """The state that an operation leads to.

    Args:
        kind: of the step.
        command: as it was sent; the status must name it.
        before: the status right before it was sent.
        silent: no node of the cluster has shown a last command that succeeded: the release may never show one.
    """

    kind: OperationKind
    command: str
    before: DatabaseStatus
    silent: bool = False

    def reached(self, status: DatabaseStatus) -> bool:
        """Return whether the status has its target value and shows that the command succeeded; no line denies it."""
        return status.finished(self.command) is True and self.at_target(status) and not status.alarming

    def at_target(self, status: DatabaseStatus) -> bool:
        """Return whether the status has its target value; the command need not be the cause."""
        return self.kind.at_target(status)

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
    give_up: Callable[[], bool] = lambda: False,
) -> Result:
    """Look at the node until its operation has ended.

    Args:
        awaited: what the operation leads to.
        seconds: how long it may take, by the clock that counts more: this machine's sleep is part of it.
        accept_seconds: how long the old state must be seen, look after look, before the command counts as not accepted.
        seen: called with the node's name and each new status, for progress.
        give_up: asked between looks; waits no longer when it says so.

    Returns:
        A result with the last `DatabaseStatus`.

    Raises:
        NotAccepted: the device did not take the command.
        OperationFailed: the device reports that it failed.
        NeverEnded: it has not ended in time; nothing is known about how it will.
        OutcomeUnknown: it was given up; the operation goes on in the device.
    """
    patience = Patience(seconds)
    last: DatabaseStatus | None = None
    lost: MmpError | None = None
    sight = _Sight(awaited, accept_seconds)
    while True:
        with on_node(task):
            if patience.woke():
                # The device, or a firewall, may have forgotten a session that was silent for so long.
                drop(task, MMP)
                sight.interrupt()
            try:
                status = seen_status(task)
            except (AuthenticationError, HostKeyError):
                raise
            except (ConnectError, DialogueError, ParseError) as error:
                # The node restarts services, perhaps itself: not to be reached or understood for a while is no failure.
                drop(task, MMP)
                lost = error
                sight.interrupt()
            else:
                lost = None
                if status != last and seen is not None:
                    seen(task.host.name, status)
                last = status
                if sight.proves(status, steady_clock()):
                    return Result(host=task.host, result=status)
            if patience.is_over(looked=lost is None):
                told = f"it could not be looked at ({lost.message})" if lost else f"it shows {_told(last)}"
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


class _Sight:
    """What was seen in each look since the command was sent.

    Args:
        awaited: what the operation leads to.
        seconds: how long the same must be seen before anything is concluded from it.
    """

    def __init__(self, awaited: Awaited, seconds: float) -> None:
        self._awaited = awaited
        self._seconds = seconds
        self._untouched, self._unnamed, self._alarmed = Looks(), Looks(), Looks()
        self._has_moved = False
        self._names_commands = awaited.before.names_a_success

    def interrupt(self) -> None:
        """Count again from zero: the next good look is no longer in a row with those before."""
        self._untouched, self._unnamed, self._alarmed = Looks(), Looks(), Looks()

    def proves(self, status: DatabaseStatus, now: float) -> bool:
        """Tell whether one more look proves that the operation has ended well.

        Args:
            status: what the node shows.
            now: by the steady clock, seconds.

        Raises:
            MmpError: the looks prove that it was not accepted, has failed, or needs a person.
        """
        awaited = self._awaited
        if awaited.reached(status):
            return True
        at_target, is_untouched = awaited.at_target(status), awaited.untouched(status)
        self._has_moved |= not is_untouched
        self._names_commands |= status.names_a_success
        self._untouched.add(is_untouched, now)
        self._unnamed.add(at_target and status.last_command is None and not status.alarming, now)
        self._alarmed.add(at_target and bool(status.alarming), now)
        if self._unnamed.lasted(self._seconds, now) and self._may_be_unnamed and self._has_moved:
            return True
        if self._untouched.lasted(self._seconds, now):
            raise NotAccepted(
                f"{_unchanged(awaited, status)} after {self._seconds:.0f} s of looking",
                advice="`mmpctl resume` looks again, and then tries it again.",
            )
        if not self._untouched.count:
            _judge(awaited, status)
        if self._alarmed.lasted(self._seconds, now):
            raise _alarm(awaited, status)
        if self._unnamed.lasted(self._seconds, now) and not is_untouched:
            raise _no_proof(awaited, status)
        return False

    @property
    def _may_be_unnamed(self) -> bool:
        # For those that can lose something, a state that lasts is enough where the release names no command at all:
        # one that does would have named this one.
        return self._awaited.kind.lasting_is_enough or (self._awaited.silent and not self._names_commands)


def _judge(awaited: Awaited, status: DatabaseStatus) -> None:
    back = status.status == awaited.before.status
    if status.finished(awaited.command) is False and status.settled:
        raise OperationFailed(
            f"the device reports that '{awaited.command}' failed" + (f": {status.error}" if status.error else ""),
            state_is_clear=awaited.kind.fails_clearly and back,
            may_be_tried_again=awaited.kind.may_be_repeated and back,
            advice=awaited.kind.after_failure(back),
        )
    other = status.last_command not in (None, awaited.before.last_command)
    if other and status.last_command is not None and status.last_command.split() != awaited.command.split():
        raise VerificationError(
            f"the last command is '{status.last_command}', not '{awaited.command}': somebody else is working "
            "on the node",
            code="other-command",
            advice="Find out who it is, agree with them, then resume.",
        )


def _no_proof(awaited: Awaited, status: DatabaseStatus) -> VerificationError:
    return VerificationError(
        f"the node reports {status.status}, but does not show that '{awaited.command}' did it",
        code="no-proof",
        advice="Look at the node by hand, then resume. If its release never shows a `Last command`, vouch for it: "
        "write it into questions.yaml beside the inventory, as an entry of `release`, `last_command: never "
        "shown`, `reviewed_by` and `date`.",
    )


def _alarm(awaited: Awaited, status: DatabaseStatus) -> VerificationError:
    return VerificationError(
        f"'{awaited.command}' has ended, but the status shows a line that is not known and may report a fault: "
        f"{', '.join(map(repr, status.alarming))}",
        code="unknown-line",
        advice="Read it. If it is no reason to stop, write it into questions.yaml beside the inventory, as "
        "an entry of `line`, `reviewed_by` and `date`. Then resume.",
    )


def _unchanged(awaited: Awaited, status: DatabaseStatus) -> str:
    if status.finished(awaited.command) is False:
        # It said so before the command was sent as well: another failure looks the same.
        return (
            f"the node reports of '{awaited.command}' what it reported before: it was not accepted, or it has "
            "failed again"
        )
    return f"the node does not show '{awaited.command}': it was not accepted, or the node has lost it"


def _told(status: DatabaseStatus | None) -> str:
    if status is None:
        return "nothing"
    return f"{status.status}, and itself {status.me.state}" if status.me else status.status
