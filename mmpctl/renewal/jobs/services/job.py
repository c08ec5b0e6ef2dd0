"""The job that renews the certificates of the services of one group of nodes, one service of one node at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from threading import Event
from typing import Any

from nornir.core.task import Task

from mmpctl.cluster.progress import History
from mmpctl.cluster.step import Step
from mmpctl.errors import MmpError, OutcomeUnknown
from mmpctl.moment import Moment
from mmpctl.renewal.action import Action
from mmpctl.renewal.every_job.planned_job import PlannedJob
from mmpctl.renewal.every_job.working_action import actions_of
from mmpctl.renewal.execution import Halt
from mmpctl.renewal.jobs.services.actions import ACTIONS, INSTRUCTIONS
from mmpctl.renewal.jobs.services.call_counts import CallCount
from mmpctl.renewal.jobs.services.group_plan import GroupPlan
from mmpctl.renewal.jobs.services.group_states import see, states
from mmpctl.renewal.jobs.services.group_work import GroupWork
from mmpctl.renewal.jobs.services.observation import look_again
from mmpctl.renewal.jobs.services.safety import WELL, parts_of, safety
from mmpctl.renewal.jobs.services.service_facts import ServiceFacts, sources_of
from mmpctl.renewal.jobs.services.verification import verify
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.step_journal import endings
from mmpctl.renewal.stop import Stopped
from mmpctl.renewal.stopped import describe, finished_by_hand, rest_of
from mmpctl.services.renewable import TakesEffect
from mmpctl.services.renewal_order import plan, way_back
from mmpctl.services.seen_services import SeenGroup, UnitKey
from mmpctl.services.service_goal import WantedUnit
from mmpctl.services.service_history import is_back, is_open, resumed, unit_of_step
from mmpctl.services.service_preflight import restarted
from mmpctl.services.unattended import HOURS_KEY, Unattended
from mmpctl.tasks.pace import pause_without_a_node
from mmpctl.tasks.patience import Patience


class HoursOver(Stopped):
    """Nothing more was started, because the hours are over in which no person is needed."""

    code = "hours-over"


class GroupJob(PlannedJob[SeenGroup, GroupPlan, GroupWork]):
    """The services of one group in one run.

    Args:
        planned: the group's plan: as it was observed, its goal and the files.
        work: what its steps share.
    """

    changed = "the services have changed"

    def __init__(self, planned: GroupPlan, work: GroupWork) -> None:
        super().__init__(planned, planned.group, work)
        self._goes_back = False
        self.actions: Mapping[str, Action[SeenGroup, Any, ServiceFacts]] = actions_of(ACTIONS, work)

    @property
    def history(self) -> History:
        """What the journal says that the run has done."""
        return self.run.journal.history(self.name, resumed=resumed)

    def planned_again(self) -> GroupPlan:
        """Return the plan, judged by what the services show now."""
        return self.planned.seen_again(self._asked(key.node for key in restarted(self.work.goal)))

    def beginning(self) -> Mapping[str, Any]:
        """Return what each node shows of its services."""
        return {"states": states(self.seen)}

    def remaining(self) -> tuple[Step, ...]:
        """Return the remaining steps, from the last look and the journal."""
        return plan(self.seen, self.work.goal, self.history)

    def look(self) -> SeenGroup:
        """Ask every node for its services again; before a restart that depends on it, how many calls there are, too."""
        limits, patience, begun = self.run.watch.limits, Patience(self.run.watch.limits.settle), Moment.now()
        while True:
            node = self._counted_next()
            self._look((node,) if node is not None else ())
            seen = self.seen.node(node) if node is not None else None
            soon = seen is not None and seen.calls_soon and self._may_wait()
            if not soon or patience.is_over(looked=True) or self.run.watch.stop.wished:
                break
            Event().wait(max(pause_without_a_node(begun.age()), limits.between_looks))
        unit = self._touched_next()
        if unit is not None and not is_open(unit.key, self.history):
            self._check_hours(unit.key)
            # What is compared with afterwards; once the service is touched, it is too late to ask.
            self.work.links.look_before(unit.key)
        return self.seen

    def _check_hours(self, key: UnitKey) -> None:
        """Without a person, nothing more is begun once the hours for it are over.

        Raises:
            Halt: they are.
        """
        hours = (self.planned.prepared.wish.alone or {}).get(key.node, Unattended()).hours
        if hours is not None and not hours.covers(self.run.watch.clock()):
            raise Halt(
                {
                    key.node: HoursOver(
                        f"{key} was not begun: its hours ({HOURS_KEY}: {hours}) are over",
                        node=key.node,
                        advice="The timer goes on in the next hours, and `mmpctl resume` at any time.",
                    )
                }
            )

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
        self._goes_back = True
        self._look()
        back = way_back(self.seen, self.work.goal, self.history)
        if back:
            units = dict.fromkeys(str(key) for step in back if (key := unit_of_step(step.key)) is not None)
            self.work.note(f"going back to the old files of {', '.join(units)}")
        return back

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
        sources, ends = sources_of(self.planned.prepared), endings(self.run.journal, self.name)
        facts = ServiceFacts(seen, self.work.goal, sources, history=history, endings=ends)
        rest = rest_of(self.run, facts, left, INSTRUCTIONS)
        told = [*safety(self.work, seen, history)]
        if self.is_opened:
            told.append(finished_by_hand(self.run.folder, WELL))
        outcome = describe(self.run, self.unit, rest, errors, told)
        over = all(isinstance(error, HoursOver) for error in errors.values())
        open_ones = [
            unit for unit in self.work.goal.units if is_open(unit.key, history) and not is_back(unit.key, history)
        ]
        return replace(outcome, laid_aside=over and not open_ones)

    def told(self, outcome: UnitOutcome) -> UnitOutcome:
        """Return the outcome with how it ended for each service, and with what may be off, whoever did not go on."""
        if self.is_opened and not outcome.outcome.is_last and outcome.by_hand is None:
            told = [line for line in safety(self.work, self.seen, self.history) if line not in outcome.advice]
            outcome = replace(outcome, advice=(*told, *outcome.advice))
        return replace(outcome, parts=parts_of(self.work.goal, self.history, outcome.outcome, outcome.reason))

    def _look(self, counted: Iterable[str] = ()) -> SeenGroup:
        self.seen = self._asked(counted)
        return self.seen

    def _asked(self, counted: Iterable[str]) -> SeenGroup:
        names = frozenset(counted)

        def count(task: Task) -> CallCount:
            return self.work.count_calls(task) if task.host.name in names else CallCount()

        self.seen = look_again(self.run.nr, self.seen, self.work.services, count)
        return self.seen

    def _counted_next(self) -> str | None:
        """The node whose Call Bridge is about to get new files or to restart, if its calls are to be few enough."""
        step = self._next_touching()
        unit = self._touched_next()
        if step is None or unit is None or unit.service.takes_effect is not TakesEffect.RESTART:
            return None
        return None if self.work.goal.max_calls is None or step.node in self.work.goal.restarts else step.node

    def _may_wait(self) -> bool:
        """Whether there is time: one that is to have its old files again may be down."""
        step = self._next_touching()
        return step is not None and not step.again and not self._goes_back

    def _next_touching(self) -> Step | None:
        steps = plan(self.seen, self.work.goal, self.history)
        return next((one for one in steps if one.kind.touches), None)

    def _touched_next(self) -> WantedUnit | None:
        step = self._next_touching()
        key = unit_of_step(step.key) if step is not None else None
        return self.work.goal.unit(key) if key is not None else None


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
