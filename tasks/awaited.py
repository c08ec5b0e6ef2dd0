"""What is awaited on a node, and what the looks at it prove, one by one and in a row."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from nornir.core.task import Task

from mmpctl.errors import MmpError, VerificationError
from mmpctl.tasks.patience import Looks

# What a node shows of what is awaited: a database's status, a host name.
S = TypeVar("S")


class NotAccepted(MmpError):
    """The device shows repeatedly that it did not accept the command.

    Args:
        needs_a_look: the command may have failed again instead, and what a failure leaves is for a person to look at.
    """

    code = "not-accepted"

    def __init__(self, message: str, *, advice: str = "", needs_a_look: bool = False) -> None:
        super().__init__(message, advice=advice)
        self.needs_a_look = needs_a_look


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


class Lasting(ABC, Generic[S]):
    """What one look does not prove, but many in a row do, over a minute. One is made for each wait."""

    @abstractmethod
    def shows(self, state: S) -> bool:
        """Return whether a look shows it; called with each look, in order.

        Args:
            state: what the node shows.
        """

    def proves(self, has_moved: bool) -> bool:
        """Return whether it proves, now that it has lasted, that all has ended well.

        Args:
            has_moved: the node has shown something else than before since the command was sent.
        """
        return False

    @abstractmethod
    def error(self, state: S, is_untouched: bool) -> MmpError | None:
        """Return what it proves otherwise, now that it has lasted; None if nothing.

        Args:
            state: what the node shows.
            is_untouched: that is what it showed before.
        """


@dataclass(frozen=True, slots=True)
class NotSeen:
    """A node that cannot be looked at while an operation is awaited.

    Args:
        why: the last attempt failed.
    """

    why: str

    @property
    def brief(self) -> str:
        """The same after "shows", and beside what the step does."""
        return f"no answer: {self.why}; it is looked at again"


class Awaited(ABC, Generic[S]):
    """The state that a command leads to, and by what a look at the node tells that it is there.

    Args of the class:
        command: as it was sent.
    """

    command: str

    @abstractmethod
    def read(self, task: Task) -> S:
        """Look at the node; raises what the look raises.

        Args:
            task: Nornir's task on the node.
        """

    @abstractmethod
    def reached(self, state: S) -> bool:
        """Return whether one look proves that the command has ended well.

        Args:
            state: what the node shows.
        """

    @abstractmethod
    def untouched(self, state: S) -> bool:
        """Return whether nothing shows that the device took the command.

        Args:
            state: what the node shows.
        """

    @abstractmethod
    def failed(self, state: S) -> MmpError | None:
        """Return what one look proves to have gone wrong; None if nothing. Asked only if the node is not untouched.

        Args:
            state: what the node shows.
        """

    def lasting(self) -> Sequence[Lasting[S]]:
        """Return what only many looks in a row prove; made anew for each wait."""
        return ()

    def not_accepted(self, state: S, seconds: float) -> NotAccepted:
        """Return what is told of a node that shows no sign of the command for long.

        Args:
            state: what the node shows.
            seconds: how long it was looked at.
        """
        return NotAccepted(
            f"the node does not show '{self.command}': it was not accepted, or the node has lost it after "
            f"{seconds:.0f} s of looking",
            advice="`mmpctl resume` looks again, and then tries it again.",
        )

    def told(self, state: S) -> str:
        """Return what is said of a node that has not come to an end in time.

        Args:
            state: what the node shows.
        """
        return str(state)


class Sight(Generic[S]):
    """What was seen in each look since the command was sent.

    Args:
        awaited: what the command leads to.
        seconds: how long the same must be seen before anything is concluded from it.
    """

    def __init__(self, awaited: Awaited[S], seconds: float) -> None:
        self._awaited = awaited
        self._seconds = seconds
        self._signs = tuple(awaited.lasting())
        self._has_moved = False
        self.interrupt()

    def interrupt(self) -> None:
        """Count again from zero: the next good look is no longer in a row with those before."""
        self._untouched = Looks()
        self._looks = tuple(Looks() for _ in self._signs)

    def proves(self, state: S, now: float) -> bool:
        """Tell whether one more look proves that all has ended well.

        Args:
            state: what the node shows.
            now: by the steady clock, seconds.

        Raises:
            MmpError: the looks prove that it was not accepted, has failed, or needs a person.
        """
        awaited = self._awaited
        if awaited.reached(state):
            return True
        is_untouched = awaited.untouched(state)
        self._has_moved |= not is_untouched
        self._untouched.add(is_untouched, now)
        for sign, looks in zip(self._signs, self._looks, strict=True):
            looks.add(sign.shows(state), now)
        lasting = [sign for sign, looks in zip(self._signs, self._looks, strict=True) if self._lasted(looks, now)]
        if any(sign.proves(self._has_moved) for sign in lasting):
            return True
        if self._lasted(self._untouched, now):
            raise awaited.not_accepted(state, self._seconds)
        errors = [] if is_untouched else [awaited.failed(state)]
        for error in (*errors, *(sign.error(state, is_untouched) for sign in lasting)):
            if error is not None:
                raise error
        return False

    def _lasted(self, looks: Looks, now: float) -> bool:
        return looks.lasted(self._seconds, now)
