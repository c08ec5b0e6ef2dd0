"""One unit of a stopped run, as its job tells of it to whoever takes the run up again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from mmpctl.cluster.marks import Traced
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.job import Job
from mmpctl.renewal.plans import P
from mmpctl.renewal.resume.comparison import Comparison, NodeSeen
from mmpctl.renewal.resume.said import Said
from mmpctl.renewal.stopped import WELL, Rest
from mmpctl.renewal.unit import Unit
from mmpctl.runs.state import accounted, was_begun

# What is seen of a unit, and its part of the run.
S = TypeVar("S", bound=Traced)
J = TypeVar("J", bound=Job[Any])


class StoppedUnit(ABC, Generic[S, P, J]):
    """One unit of a stopped run: what each job says of its own units; `take_up` does the rest, the same for all.

    A unit that the run has not changed yet is judged and planned as a new one is. Of any other, the open steps are
    looked up, and what is left is planned.

    Args of the class:
        untouched: what is true of a unit that the run has not changed yet, a sentence.
        well: what shows that all is well, if somebody has finished it by hand.
        not_as_begun: the codes of errors that say that what was given is not what the run began with: nothing is wrong
            with the nodes then.

    Args:
        run: the run; its journal is told what was found.
        unit: as the run began with it.
        seen: the unit as it is seen now.
        said: what the operator said.
        known_runs: the runs on which nobody worked any more when the run began.
        left_out: names of nodes that take no part.
    """

    untouched: ClassVar[str]
    well: ClassVar[str] = WELL
    not_as_begun: ClassVar[tuple[str, ...]] = ("other-files",)

    def __init__(
        self,
        run: RunContext,
        unit: Unit,
        seen: S,
        said: Said,
        known_runs: Iterable[str] = (),
        left_out: frozenset[str] = frozenset(),
    ) -> None:
        self.run = run
        self.unit = unit
        self.seen = seen
        self.said = said
        self.is_begun = was_begun(run.journal.records, unit.name)
        # A run that died right after its claim has left its own mark, although it never intended anything.
        over = accounted(run.folder.path.parent, unit.name)
        self.known_runs = frozenset({run.folder.name, *known_runs}) | over | said.other_runs
        # What the journal says now: the look itself adds to it.
        self.compared = Comparison.of(unit.name, run.journal.records, left_out)

    @property
    @abstractmethod
    def is_opened(self) -> bool:
        """Whether the run may have begun to change the unit."""

    def check(self) -> None:
        """Make sure of what must hold before anything else is looked at.

        Raises:
            MmpError: what the operator said does not fit the run.
        """

    @abstractmethod
    def check_nodes(self) -> None:
        """Make sure that each node that is needed answers, and is the machine that it was: see `check_same`.

        Raises:
            MmpError: one does not answer, or is another machine.
        """

    @abstractmethod
    def planned_anew(self) -> P:
        """Return the plan of a unit that the run has not changed yet, judged as a new one is.

        Raises:
            MmpError: what was given is not what the run began with.
        """

    def check_planned(self, planned: P) -> None:
        """Make sure that the steps of a unit which is planned anew are those that the run was begun for.

        Args:
            planned: the plan, ready.

        Raises:
            MmpError: they are not.
        """

    @abstractmethod
    def begun_with(self) -> tuple[P, Sequence[str]]:
        """Return the plan that the run has begun to carry out, without steps, and what must be told of it.

        Raises:
            MmpError: something that the run needs is not there any more.
        """

    @abstractmethod
    def job(self, planned: P) -> J:
        """Return the unit's part of the run.

        Args:
            planned: as `begun_with` has returned it.
        """

    @abstractmethod
    def left(self, planned: P, job: J) -> P:
        """Return the plan with the steps that are left.

        Args:
            planned: as `begun_with` has returned it.
            job: which knows how the open steps ended.

        Raises:
            MmpError: what the nodes show must be put right first.
        """

    @abstractmethod
    def states(self) -> Mapping[str, Any]:
        """Return what the journal keeps of each node as it is seen now, by inventory name."""

    @abstractmethod
    def nodes_seen(self) -> tuple[NodeSeen, ...]:
        """Return what each node shows now, in words."""

    def safety(self, job: J | None) -> Iterable[str]:
        """Return what is safe, and what must not be typed, one line each.

        Args:
            job: the unit's part of the run; None if it did not come so far.
        """
        return ()

    def rest(self, job: J) -> Rest | None:
        """Return what is left, as steps and as the procedure by hand; None if that is not told.

        Args:
            job: the unit's part of the run.
        """
        return None

    def from_the_beginning(self) -> str:
        """Return what the journal says of a unit that the run has not changed yet, and what follows."""
        return "nothing was started · therefore: from the beginning"

    def advice(self, planned: P) -> Iterable[str]:
        """Return what more to do about a unit that cannot be begun with, one line each.

        Args:
            planned: its plan, refused.
        """
        return ()
