"""One unit's part of a run, from plan to end: what every job does alike, and what it does unless it says more."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Final, Generic, TypeVar

from mmpctl.cluster.marks import Traced, mark_of
from mmpctl.cluster.preflight import Verdict
from mmpctl.cluster.progress import History
from mmpctl.cluster.step import Step
from mmpctl.errors import MmpError
from mmpctl.fleet.run_on import Outcome
from mmpctl.moment import Moment
from mmpctl.renewal.action import Action
from mmpctl.renewal.claim import claim, withdraw
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.every_job.unit_work import UnitWork
from mmpctl.renewal.execution import Halt
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.plans import P
from mmpctl.renewal.stopped import by_hand_file
from mmpctl.renewal.unit import Unit
from mmpctl.runs.ending import Ending

# A plan that waited for a confirmation, or for other units, is judged again before anything is touched.
PLAN_SECONDS: Final = 60.0

# What is seen of a unit, and what its steps share.
S = TypeVar("S", bound=Traced)
W = TypeVar("W", bound=UnitWork)


class PlannedJob(ABC, Generic[S, P, W]):
    """One unit's part of one run; see `Job` for what the engine asks of it.

    Args of the class:
        changed: what is said of a unit that is not any more as it was planned.
        claims_anew: a run that begins leaves its mark on the nodes; without it, only one that is taken up again does,
            and something else that it leaves there tells others that it is at work.

    Args:
        planned: the unit's plan.
        seen: the unit as it was seen for it.
        work: what its steps share.
        left_out: names of nodes that take no part.
    """

    changed: ClassVar[str] = "the nodes have changed"
    claims_anew: ClassVar[bool] = True
    actions: Mapping[str, Action[S, Any, Any]]

    def __init__(self, planned: P, seen: S, work: W, left_out: frozenset[str] = frozenset()) -> None:
        self.planned = planned
        self.seen = seen
        self.work = work
        self.left_out = left_out

    @property
    def run(self) -> RunContext:
        """The run."""
        return self.work.run

    @property
    def name(self) -> str:
        """The unit's name."""
        return self.planned.name

    @property
    def unit(self) -> Unit:
        """The unit, as the journal and the documents call it."""
        return self.planned.unit

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps as they were planned."""
        return self.planned.steps

    @property
    @abstractmethod
    def history(self) -> History:
        """What the journal says that the run has done, as far as the job still relies on it."""

    @property
    def is_opened(self) -> bool:
        """Whether the run may have begun to change the unit."""
        return self.history.has_begun(action.kind for action in self.actions.values())

    @abstractmethod
    def planned_again(self) -> P:
        """Return the plan, judged by what the unit shows now."""

    def outdated(self, seen: Moment) -> UnitOutcome | None:
        """Return the outcome to report if the plan is stale; None if it still holds."""
        if seen.age() <= PLAN_SECONDS or self.is_opened:
            return None
        now = self.planned_again()
        if now.verdict is Verdict.READY:
            return None
        if now.verdict is Verdict.NOTHING_TO_DO:
            return UnitOutcome(self.unit, Ending.NOTHING_TO_DO)
        reason = f"{self.changed} since the plan was made: {'; '.join(now.reasons)}"
        return UnitOutcome(self.unit, Ending.REFUSED, reason)

    def begin(self, resumed: bool) -> None:
        """Claim the unit: no other run, nor a copy of this one, may be at work on its nodes."""
        # What an earlier stop left to do by hand is about to be done.
        by_hand_file(self.run.folder, self.name).unlink(missing_ok=True)
        if not resumed and not self.claims_anew:
            return
        run = self.run
        try:
            self.work.alone = claim(run.nr, self.seen, run.folder.name, self.left_out, run.journal)
        except MmpError as error:
            raise Halt({error.node or self.unit.lead: error}, begun=False) from error

    def before_opening(self) -> None:
        """Nothing more: the unit was claimed as the run began with it."""

    def must_follow(self, step: Step) -> bool:
        """No: whatever is begun can wait without harm, and `resume` goes on."""
        return False

    def way_back(self, errors: Mapping[str, MmpError]) -> tuple[Step, ...]:
        """None: a person decides."""
        return ()

    def after(self, outcomes: Mapping[str, Outcome]) -> None:
        """Nothing: each wave looks again."""

    def found_by_hand(self) -> list[str]:
        """Nothing: what was done by hand shows on the nodes, and leaves no step."""
        return []

    def told(self, outcome: UnitOutcome) -> UnitOutcome:
        """Return it as it is: there are no parts."""
        return outcome

    def close(self) -> None:
        """Take away the marks of runs that the run has judged to be out of use.

        The last mark of this run stays, so that an older copy of it can tell; the next run takes it away.
        """
        accepted = (trace for alone in self.work.alone.values() for trace in alone.accepted)
        marks = frozenset(trace for trace in accepted if mark_of(trace) is not None)
        if marks:
            nodes = [node.name for node in self.seen.nodes if node.name not in self.left_out]
            for problem in withdraw(self.run.nr, nodes, marks):
                self.work.note(problem)
