"""The job that renews the certificates of the services of one group of nodes, one service of one node at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from threading import Event
from typing import Any

from nornir.core.task import Task

from mmpctl.cluster.marks import mark_of
from mmpctl.cluster.preflight import Verdict
from mmpctl.cluster.progress import History
from mmpctl.cluster.step import Step
from mmpctl.errors import MmpError, OutcomeUnknown
from mmpctl.fleet.run_on import Outcome
from mmpctl.moment import Moment
from mmpctl.renewal.action import Action
from mmpctl.renewal.claim import claim, withdraw
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.execution import Halt
from mmpctl.renewal.jobs.services.actions import INSTRUCTIONS, actions_of
from mmpctl.renewal.jobs.services.call_counts import CallCount
from mmpctl.renewal.jobs.services.group_plan import GroupPlan
from mmpctl.renewal.jobs.services.group_states import see, states
from mmpctl.renewal.jobs.services.group_work import GroupWork
from mmpctl.renewal.jobs.services.hand_files import sources_of
from mmpctl.renewal.jobs.services.observation import look_again
from mmpctl.renewal.jobs.services.safety import parts_of, safety
from mmpctl.renewal.jobs.services.service_facts import ServiceFacts
from mmpctl.renewal.jobs.services.verification import verify
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.step_journal import endings
from mmpctl.renewal.stop import Stopped
from mmpctl.renewal.stopped import by_hand_file, describe, rest_of
from mmpctl.renewal.unit import Unit
from mmpctl.runs.ending import Ending
from mmpctl.services.renewable import TakesEffect
from mmpctl.services.renewal_order import plan, way_back
from mmpctl.services.seen_services import SeenGroup, UnitKey
from mmpctl.services.service_history import is_back, is_open, is_opened, resumed, unit_of_step
from mmpctl.services.service_preflight import restarted
from mmpctl.tasks.pace import pause_without_a_node
from mmpctl.tasks.patience import Patience

# A plan that waited for a confirmation, or for others, is judged again before anything is touched.
PLAN_SECONDS = 60.0


class GroupJob:
    """The services of one group in one run.

    Args:
        run: the run.
        planned: the group's plan: as it was observed, its goal and the files.
        work: what its steps share.
    """

    def __init__(self, run: RunContext, planned: GroupPlan, work: GroupWork) -> None:
        self.run = run
        self.planned = planned
        self.work = work
        self.actions: Mapping[str, Action[SeenGroup, Any, ServiceFacts]] = actions_of(work)
        self.seen = planned.group

    @property
    def name(self) -> str:
        """The group's name."""
        return self.planned.name

    @property
    def unit(self) -> Unit:
        """The group, with the services that are renewed."""
        return self.planned.unit

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps as they were planned."""
        return self.planned.steps

    @property
    def history(self) -> History:
        """What the journal says that the run has done."""
        return self.run.journal.history(self.name, resumed=resumed)

    @property
    def is_opened(self) -> bool:
        """Whether a service may have been touched."""
        return is_opened(self.history)

    def outdated(self, seen: Moment) -> UnitOutcome | None:
        """Return the outcome to report if the plan is stale; None if it still holds."""
        if seen.age() <= PLAN_SECONDS or self.is_opened:
            return None
        now = self.planned.seen_again(self._look(key.node for key in restarted(self.work.goal)))
        if now.verdict is Verdict.READY:
            return None
        if now.verdict is Verdict.NOTHING_TO_DO:
            return UnitOutcome(self.unit, Ending.NOTHING_TO_DO)
        reason = f"the services have changed since the plan was made: {'; '.join(now.reasons)}"
        return UnitOutcome(self.unit, Ending.REFUSED, reason)

    def beginning(self) -> Mapping[str, Any]:
        """Return what each node shows of its services."""
        return {"states": states(self.seen)}

    def begin(self, resumed: bool) -> None:
        """Claim the group: no other run, nor a copy of this one, may be at work on its nodes."""
        # What an earlier stop left to do by hand is about to be done.
        by_hand_file(self.run.folder, self.name).unlink(missing_ok=True)
        try:
            self.work.alone = claim(
                self.run.nr, self.planned.group, self.run.folder.name, frozenset(), self.run.journal
            )
        except MmpError as error:
            raise Halt({error.node or self.unit.lead: error}, begun=False) from error

    def remaining(self) -> tuple[Step, ...]:
        """Return the remaining steps, from the last look and the journal."""
        return plan(self.seen, self.work.goal, self.history)

    def look(self) -> SeenGroup:
        """Ask every node for its services again; before a restart that depends on it, how many calls there are, too."""
        limits, patience, begun = self.run.watch.limits, Patience(self.run.watch.limits.settle), Moment.now()
        while True:
            node = self._counted_next()
            self.seen = self._look((node,) if node is not None else ())
            seen = self.seen.node(node) if node is not None else None
            if seen is None or not seen.calls_soon or patience.is_over(looked=True) or self.run.watch.stop.wished:
                return self.seen
            Event().wait(max(pause_without_a_node(begun.age()), limits.between_looks))

    def before_opening(self) -> None:
        """The group was claimed as the run began with it."""

    def must_follow(self, step: Step) -> bool:
        """A service that the run has switched off is switched on and proved, whoever asks to stop."""
        key = unit_of_step(step.key)
        unit = self.work.goal.unit(key) if key is not None else None
        if unit is None or unit.service.takes_effect is not TakesEffect.OFF_AND_ON:
            return False
        return is_open(unit.key, self.history) and not is_back(unit.key, self.history)

    def way_back(self, errors: Mapping[str, MmpError]) -> tuple[Step, ...]:
        """Return the steps that give what was begun its old files again, on and proved."""
        # Who only asks to stop, or to wait no longer, has nothing against the new files.
        if all(isinstance(error, (Stopped, OutcomeUnknown)) for error in errors.values()):
            return ()
        self.seen = self._look()
        back = way_back(self.seen, self.work.goal, self.history)
        if back:
            units = dict.fromkeys(str(key) for step in back if (key := unit_of_step(step.key)) is not None)
            self.work.note(f"going back to the old files of {', '.join(units)}")
        return back

    def after(self, outcomes: Mapping[str, Outcome]) -> None:
        """Each wave looks again."""

    def found_by_hand(self) -> list[str]:
        """What was done by hand shows in the services' settings, and in what they present."""
        return []

    def verify(self) -> tuple[str, ...]:
        """Look at every service that was renewed once more, and that all that were on are on."""
        history = self.history
        back = [unit.key for unit in self.work.goal.units if is_back(unit.key, history)]
        if back:
            raise Halt({key.node: went_back(key) for key in back})
        problems = verify(self.work, self._look)
        see(self.run.journal, self.seen, problems)
        return problems

    def stopped(self, errors: Mapping[str, MmpError]) -> UnitOutcome:
        """Return what is safe, what is open, and what to type next."""
        seen, history = self._look(), self.history
        see(self.run.journal, seen)
        # What is left is what the next process does: it tries again what is back at its old files.
        left = plan(seen, self.work.goal, resumed(history))
        facts = ServiceFacts(
            seen, self.work.goal, sources_of(self.planned.prepared), history, endings(self.run.journal, self.name)
        )
        rest = rest_of(self.run, facts, left, INSTRUCTIONS)
        return describe(self.run, self.unit, rest, errors, safety(self.work, seen, history))

    def told(self, outcome: UnitOutcome) -> UnitOutcome:
        """Return the outcome with how it ended for each service."""
        return replace(outcome, parts=parts_of(self.work.goal, self.history, outcome.outcome, outcome.reason))

    def close(self) -> None:
        """Take away the marks of runs that the run has judged to be out of use; its own last one stays."""
        accepted = (trace for alone in self.work.alone.values() for trace in alone.accepted)
        marks = frozenset(trace for trace in accepted if mark_of(trace) is not None)
        if marks:
            for problem in withdraw(self.run.nr, [node.name for node in self.planned.group.nodes], marks):
                self.work.note(problem)

    def _look(self, counted: Iterable[str] = ()) -> SeenGroup:
        names = frozenset(counted)

        def count(task: Task) -> CallCount:
            return self.work.count_calls(task) if task.host.name in names else CallCount()

        return look_again(self.run.nr, self.seen, self.work.services, count)

    def _counted_next(self) -> str | None:
        """The node whose Call Bridge is about to get new files or to restart, if its calls are to be few enough."""
        steps = plan(self.seen, self.work.goal, self.history)
        step = next((one for one in steps if one.kind.touches), None)
        unit = self.work.goal.unit(key) if step is not None and (key := unit_of_step(step.key)) is not None else None
        if step is None or unit is None or step.again or unit.service.takes_effect is not TakesEffect.RESTART:
            return None
        return None if self.work.goal.max_calls is None or step.node in self.work.goal.restarts else step.node


def went_back(key: UnitKey) -> MmpError:
    """Return what is said of a service that a resumed run has only given its old files again.

    Args:
        key: of the service.
    """
    return MmpError(
        f"{key} has its old files again, as the run had begun to give them to it",
        code="went-back",
        node=key.node,
        advice="Find out why it did not take the new ones; `mmpctl resume` tries them again.",
    )
