"""What one of the database's operations leads to, and by what its node's status tells that it has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nornir.core.task import Task

from mmpctl.cluster.status import DatabaseStatus
from mmpctl.cluster.step_kinds import OperationKind
from mmpctl.errors import MmpError, VerificationError
from mmpctl.tasks.awaited import Awaited, Lasting, NotAccepted, OperationFailed
from mmpctl.tasks.status import seen_status


@dataclass(frozen=True, slots=True)
class AwaitedStatus(Awaited[DatabaseStatus]):
    """The status that an operation leads to.

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

    def read(self, task: Task) -> DatabaseStatus:
        """Look at the node's status."""
        return seen_status(task)

    def reached(self, state: DatabaseStatus) -> bool:
        """Return whether the status has its target value and shows that the command succeeded; no line denies it."""
        return state.finished(self.command) is True and self.at_target(state) and not state.alarming

    def at_target(self, state: DatabaseStatus) -> bool:
        """Return whether the status has its target value; the command need not be the cause."""
        return self.kind.at_target(state)

    def untouched(self, state: DatabaseStatus) -> bool:
        """Nothing shows that the device took the command."""
        return (state.status, state.last_command, state.last_result) == (
            self.before.status,
            self.before.last_command,
            self.before.last_result,
        )

    def failed(self, state: DatabaseStatus) -> MmpError | None:
        """Return the failure that the device reports, or that somebody else has typed a command there."""
        back = state.status == self.before.status
        if state.finished(self.command) is False and state.settled:
            return OperationFailed(
                f"the device reports that '{self.command}' failed" + (f": {state.error}" if state.error else ""),
                state_is_clear=self.kind.fails_clearly and back,
                may_be_tried_again=self.kind.may_be_repeated and back,
                advice=self.kind.after_failure(back),
            )
        other = state.last_command not in (None, self.before.last_command)
        if other and state.last_command is not None and state.last_command.split() != self.command.split():
            return VerificationError(
                f"the last command is '{state.last_command}', not '{self.command}': somebody else is working "
                "on the node",
                code="other-command",
                advice="Find out who it is, agree with them, then resume.",
            )
        return None

    def lasting(self) -> Sequence[Lasting[DatabaseStatus]]:
        """Return the two states that need many looks: an end without the command's name, and one with an alarm."""
        return (_Alarmed(self), _Unnamed(self))

    def not_accepted(self, state: DatabaseStatus, seconds: float) -> NotAccepted:
        """Return what is told; of a node that reported the same of the same command before, that it may have failed."""
        if state.finished(self.command) is False:
            # It said so before the command was sent as well: another failure looks the same.
            return NotAccepted(
                f"the node reports of '{self.command}' what it reported before: it was not accepted, or it has "
                f"failed again after {seconds:.0f} s of looking",
                advice=self.kind.after_failure(back=True),
                needs_a_look=not self.kind.fails_clearly,
            )
        # Not by `super()`: a dataclass with slots is another class than the one that is written here.
        return Awaited.not_accepted(self, state, seconds)

    def told(self, state: DatabaseStatus) -> str:
        """Return the node's status, and what it shows of itself."""
        return f"{state.status}, and itself {state.me.state}" if state.me else state.status


class _Unnamed(Lasting[DatabaseStatus]):
    """The target without the name of a last command.

    Args:
        awaited: what the operation leads to.
    """

    def __init__(self, awaited: AwaitedStatus) -> None:
        self._awaited = awaited
        self._names_commands = awaited.before.names_a_success

    def shows(self, state: DatabaseStatus) -> bool:
        """Return whether the target is there, nothing is named, and no line denies it."""
        self._names_commands |= state.names_a_success
        return self._awaited.at_target(state) and state.last_command is None and not state.alarming

    def proves(self, has_moved: bool) -> bool:
        """Return whether the state that lasts is proof enough."""
        # For those that can lose something, a state that lasts is enough where the release names no command at all:
        # one that does would have named this one.
        awaited = self._awaited
        return has_moved and (awaited.kind.lasting_is_enough or (awaited.silent and not self._names_commands))

    def error(self, state: DatabaseStatus, is_untouched: bool) -> MmpError | None:
        """Return that nothing proves it."""
        if is_untouched:
            return None
        return VerificationError(
            f"the node reports {state.status}, but does not show that '{self._awaited.command}' did it",
            code="no-proof",
            advice="Look at the node by hand, then resume. If its release never shows a `Last command`, vouch for it: "
            "write it into questions.yaml beside the inventory, as an entry of `release`, `last_command: never "
            "shown`, `reviewed_by` and `date`.",
        )


class _Alarmed(Lasting[DatabaseStatus]):
    """The target with a line that may report a fault.

    Args:
        awaited: what the operation leads to.
    """

    def __init__(self, awaited: AwaitedStatus) -> None:
        self._awaited = awaited

    def shows(self, state: DatabaseStatus) -> bool:
        """Return whether the target is there, and such a line."""
        return self._awaited.at_target(state) and bool(state.alarming)

    def error(self, state: DatabaseStatus, is_untouched: bool) -> MmpError | None:
        """Return that a person has to read the line."""
        return VerificationError(
            f"'{self._awaited.command}' has ended, but the status shows a line that is not known and may report a "
            f"fault: {', '.join(map(repr, state.alarming))}",
            code="unknown-line",
            advice="Read it. If it is no reason to stop, write it into questions.yaml beside the inventory, as "
            "an entry of `line`, `reviewed_by` and `date`. Then resume.",
        )
