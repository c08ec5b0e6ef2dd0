"""What the engine knows of a job: one unit's part of a run, its steps, and how it begins, is looked at, and ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from mmpctl.cluster.progress import History
from mmpctl.cluster.step import Step
from mmpctl.errors import MmpError
from mmpctl.fleet.run_on import Outcome
from mmpctl.moment import Moment
from mmpctl.renewal.action import Action
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.unit import Unit

# What is seen of a unit.
S = TypeVar("S")


class Planned(Protocol):
    """A unit with a plan."""

    @property
    def unit(self) -> Unit:
        """The unit, as the journal and the documents call it."""

    @property
    def name(self) -> str:
        """The unit's name."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps as they were planned."""


class Job(Planned, Protocol[S]):
    """One unit's part of one run: a database cluster, or whatever else has steps, guards and an end.

    The engine plans nothing and guards nothing by itself: it begins, looks, does one wave after the other, and keeps
    the journal, so that a run that dies anywhere is taken up by the same machinery, whatever the job.
    """

    @property
    def seen(self) -> S:
        """The unit as it was seen last."""

    @property
    def actions(self) -> Mapping[str, Action[S, Any, Any]]:
        """What does its steps, by the name of their kind."""

    @property
    def history(self) -> History:
        """What the journal says that the run has done, as far as the job still relies on it."""

    @property
    def is_opened(self) -> bool:
        """Whether the run may have begun to change the unit."""

    def outdated(self, seen: Moment) -> UnitOutcome | None:
        """Return the outcome to report if the plan is stale; None if it still holds.

        Args:
            seen: when the unit was looked at for the plan.
        """

    def beginning(self) -> Mapping[str, Any]:
        """Return what the journal keeps of the unit as it is begun with, beside its facts."""

    def begin(self, resumed: bool) -> None:
        """Prepare the unit, right after the journal has it as begun.

        Args:
            resumed: a copy of the run may be resumed elsewhere: the unit is claimed first.

        Raises:
            Halt: the unit must not be begun with.
        """

    def remaining(self) -> tuple[Step, ...]:
        """Return the remaining steps, from the last look and the journal."""

    def look(self) -> S:
        """Look at every node that takes part again."""

    def before_opening(self) -> None:
        """Look whether somebody else is at work, right before the first step that changes the unit.

        Raises:
            Halt: somebody is.
        """

    def must_follow(self, step: Step) -> bool:
        """Return whether a step has to be done even if the run was asked to stop meanwhile.

        Args:
            step: whose wave is about to begin; without it, something would stay apart that the run has taken apart.
        """

    def way_back(self, errors: Mapping[str, MmpError]) -> tuple[Step, ...]:
        """Return the steps that put right what a failed wave has left apart, before the run stops.

        Args:
            errors: what went wrong, by node.
        """

    def after(self, outcomes: Mapping[str, Outcome]) -> None:
        """Take in what the steps of a wave have seen of their nodes.

        Args:
            outcomes: by inventory name.
        """

    def found_by_hand(self) -> list[str]:
        """Tell the journal which steps somebody did while the run was stopped; one line for each."""

    def verify(self) -> tuple[str, ...]:
        """Check the unit when everything is done, and return what is wrong.

        Raises:
            Halt: the operator asked to stop; all steps are done, the check is not.
        """

    def stopped(self, errors: Mapping[str, MmpError]) -> UnitOutcome:
        """Return the outcome of a unit whose run stopped on the way.

        Args:
            errors: what went wrong, by node.
        """

    def told(self, outcome: UnitOutcome) -> UnitOutcome:
        """Return the unit's outcome with how it ended for each of its parts, if it has any.

        Args:
            outcome: of the unit.
        """

    def close(self) -> None:
        """Put away what the run needed while it was under way."""
