"""The words for how a run ends for a cluster, each with its exit code."""

from __future__ import annotations

from mmpctl import exit_codes as codes
from mmpctl.enums import Word, assert_never

# Why nothing was begun if a person was asked; where nobody could be asked, another reason is told.
DECLINED = "You did not say yes. Nothing was changed."


class Ending(Word):
    """How a run ended for one cluster."""

    RENEWED = "renewed"
    NOTHING_TO_DO = "nothing to do"
    REFUSED = "refused"
    STOPPED = "stopped"
    # All steps were done, and the check afterwards was not passed.
    FAILED = "failed"
    NOT_STARTED = "not started"
    # A person has said that nobody will resume the run.
    CLOSED = "closed"

    @property
    def exit_code(self) -> int:
        """The exit code of the contract, unless something more is known: a lock, or that a person must look."""
        if self is Ending.RENEWED or self is Ending.NOTHING_TO_DO:
            return codes.DONE
        if self is Ending.REFUSED or self is Ending.CLOSED:
            return codes.REFUSED
        if self is Ending.STOPPED or self is Ending.NOT_STARTED:
            return codes.STOPPED
        if self is not Ending.FAILED:
            assert_never(self)
        return codes.UNVERIFIED

    @property
    def is_last(self) -> bool:
        """Whether nothing is left to resume."""
        return self in (Ending.RENEWED, Ending.NOTHING_TO_DO, Ending.FAILED, Ending.CLOSED)
