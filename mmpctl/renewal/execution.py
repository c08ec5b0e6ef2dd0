"""Carries out the plan of one unit, wave by wave: a node that fails stops the next wave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Generic

from nornir.core.task import Result, Task

from mmpctl.cluster.step import Step
from mmpctl.errors import MmpError, VerificationError
from mmpctl.fleet.run_on import as_mmp_error, run_on, workers_of
from mmpctl.moment import Moment
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.job import Job, S
from mmpctl.renewal.journal_context import at_work
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.renewal.stop import Stopped
from mmpctl.runs.record import Event


class Halt(MmpError):
    """A wave did not end well on every node; the next one was not started.

    Args:
        errors: what went wrong, by inventory name.
        begun: False if not even the first step was started.
    """

    code = "halt"

    def __init__(self, errors: Mapping[str, MmpError], begun: bool = True) -> None:
        super().__init__("; ".join(str(error) for error in errors.values()))
        self.errors = dict(errors)
        self.begun = begun


class Execution(Generic[S]):
    """The carrying out of one unit's plan.

    Args:
        run: the run.
        job: the unit's part of it.
    """

    def __init__(self, run: RunContext, job: Job[S]) -> None:
        self._run = run
        self._job = job
        self._progress = run.watch.progress

    def run(self, resumed: bool = False) -> None:
        """Carry out every step that is left, up to the check.

        Args:
            resumed: the run was taken up again.

        Raises:
            Halt: a wave did not end well; nothing after it was started.
        """
        job = self._job
        self._tell_the_journal()
        job.begin(resumed)
        steps = job.remaining()
        self._progress.planned(job.name, job.unit.lead, steps)
        # With the first of these, a unit is not any more what it was.
        first = next((step for step in steps if step.kind.touches), None)
        for part in self._in_waves(step for step in steps if not step.kind.is_check):
            if first in part:
                job.before_opening()
            try:
                self._wave({step.node: step for step in part})
            except Halt as halt:
                raise self._put_right(halt) from halt

    def _put_right(self, halt: Halt) -> Halt:
        """Do what the job must not leave as it is, and return the halt with what went wrong on the way."""
        job = self._job
        back = job.way_back(halt.errors)
        if not back:
            return halt
        self._progress.planned(job.name, job.unit.lead, back)
        try:
            for part in self._in_waves(back):
                self._wave({step.node: step for step in part}, undoes=True)
        except Halt as worse:
            errors = {node: _worse(halt.errors.get(node), error) for node, error in worse.errors.items()}
            return Halt({**halt.errors, **errors})
        return halt

    def _tell_the_journal(self) -> None:
        job, unit = self._job, self._job.unit
        detail = {"job": unit.job, "facts": dict(unit.facts), **at_work(), "request": self._run.folder.request_sha256}
        self._run.journal.append(Event.BEGUN, unit.name, node=unit.lead or None, detail={**detail, **job.beginning()})

    def _in_waves(self, steps: Iterable[Step]) -> Iterator[tuple[Step, ...]]:
        # Whoever waits for a worker acts on what was seen long ago: no more begin than can act at once.
        width = workers_of(self._run.nr)
        for _, of_one in groupby(steps, key=lambda step: step.wave):
            wave = tuple(of_one)
            for start in range(0, len(wave), width):
                yield wave[start : start + width]

    def _wave(self, steps: Mapping[str, Step], *, undoes: bool = False) -> None:
        job, stop = self._job, self._run.watch.stop
        bound = any(job.must_follow(step) for step in steps.values())
        if stop.wished and not bound:
            raise Halt({node: Stopped("not started: the run was asked to stop", node=node) for node in steps})
        now = job.look() if any(step.kind.touches for step in steps.values()) else job.seen
        seen = Moment.now()

        def act(task: Task) -> Result:
            step = steps[task.host.name]
            # Nornir does not take queued hosts back: each looks for itself whether it may still begin.
            if not bound:
                stop.check(step.node)
            self._progress.begins(job.name, step)
            try:
                result = self._do(task, step, now, seen, undoes)
            except Exception as error:
                self._progress.ends(job.name, step, as_mmp_error(error, step.node))
                raise
            self._progress.ends(job.name, step, None)
            return result

        act.__name__ = next(iter(steps.values())).action
        outcomes = run_on(self._run.nr, steps, act)
        job.after(outcomes)
        errors = {name: outcome.error for name, outcome in outcomes.items() if outcome.error is not None}
        if errors:
            raise Halt(errors)

    def _do(self, task: Task, step: Step, now: S, seen: Moment, undoes: bool) -> Result:
        action = self._job.actions[step.action]
        ledger = StepLedger(self._run.journal, self._job.name, step.key, undoes=undoes)
        return action.perform(task, step, action.permit(step, now), ledger, now, seen)


def _worse(first: MmpError | None, then: MmpError) -> MmpError:
    if first is None:
        return then
    told = f"{first.message}; what was to put it right did not end well either: {then.message}"
    return VerificationError(told, code="not-put-right", node=then.node, advice=then.advice or first.advice)
