"""Carries out the plan of one cluster, wave by wave: a node that fails stops the next wave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl.cluster.foreign_runs import at_work, copies_at_work, run_of
from mmpctl.cluster.marks import mark_of
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.plan import BACKUP, CERTS, REMOVE, UPLOAD, VERIFY, Step, is_opened, plan
from mmpctl.cluster.status import DatabaseStatus
from mmpctl.errors import MmpError, RefusedError
from mmpctl.fleet.run_on import Outcome, as_mmp_error, run_on, workers_of
from mmpctl.moment import Moment
from mmpctl.renewal.actions import Steps
from mmpctl.renewal.claim import accept, claim, known_marks
from mmpctl.renewal.context import Watch
from mmpctl.renewal.journal_context import beginning
from mmpctl.renewal.observation import look_again, look_for_backups
from mmpctl.renewal.operator_confirmation import KeeperWord
from mmpctl.renewal.preparation import Prepared
from mmpctl.renewal.stop import Stopped
from mmpctl.runs.journal import Event, Journal

# With the first of these, a cluster is not any more what it was.
_OPENING = (REMOVE, CERTS)


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


class Execution:
    """The carrying out of one cluster's plan.

    Args:
        nr: a Nornir object that knows the cluster.
        prepared: the cluster as it was observed, its goal and the files.
        steps: does each step.
        journal: the run's journal.
        watch: who watches the run.
    """

    def __init__(self, nr: Nornir, prepared: Prepared, steps: Steps, journal: Journal, watch: Watch) -> None:
        self._nr = nr
        self._goal = prepared.goal
        self._steps = steps
        self._journal = journal
        self._stop = watch.stop
        self._progress = watch.progress
        self._clock = watch.clock
        self.cluster = prepared.cluster
        self._last_status: dict[str, DatabaseStatus] = {}

    def run(self, request: str, resumed: bool = False, word: KeeperWord | None = None) -> None:
        """Carry out every step that is left, up to the verification.

        Args:
            request: SHA-256 of what the run was asked to do; whoever resumes it can tell whether it was changed.
            resumed: a copy of the run may be resumed elsewhere: the cluster is claimed first.
            word: what the operator said of the keeper, where anything was said.

        Raises:
            Halt: a wave did not end well; nothing after it was started.
        """
        name = self.cluster.name
        detail = {**beginning(self.cluster), "request": request, **(word.document() if word else {})}
        self._journal.append(Event.KEEPER, name, node=self._goal.keeper, detail=detail)
        if resumed:
            self._claim()
        steps = self.remaining()
        self._progress.planned(name, self._goal.keeper, steps)
        first = next((step for step in steps if step.action in _OPENING), None)
        for _, wave in groupby((step for step in steps if step.action != VERIFY), key=lambda step: step.wave):
            for part in self._parts(tuple(wave)):
                if first in part:
                    self._look_for_others()
                self._wave({step.node: step for step in part})

    def remaining(self) -> tuple[Step, ...]:
        """Return the remaining steps, from the last look and the journal."""
        known = self._last_status
        nodes = tuple(replace(node, status=node.status or known.get(node.name)) for node in self.cluster.nodes)
        return plan(replace(self.cluster, nodes=nodes), self._goal, self._journal.history(self.cluster.name))

    def look(self) -> ObservedCluster:
        """Ask every node that takes part for its status again."""
        # A node that cannot be reached now has not changed its place in the plan.
        self._last_status.update({node.name: node.status for node in self.cluster.nodes if node.status})
        self.cluster = look_again(self._nr, self.cluster, self._goal.left_out)
        return self.cluster

    def _parts(self, wave: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
        # Whoever waits for a worker acts on what was seen long ago: no more begin than can act at once.
        width = workers_of(self._nr)
        for start in range(0, len(wave), width):
            yield wave[start : start + width]

    def _look_for_others(self) -> None:
        """Two machines that planned at the same time find each other's backups now, before either opens the cluster."""
        if is_opened(self._journal.history(self.cluster.name)):
            return
        mine = self._goal.known_runs | {run_of(self._goal.snapshot)}
        try:
            now = look_for_backups(self._nr, self.cluster, self._goal.left_out)
        except MmpError as error:
            raise Halt({error.node or self._goal.keeper: error}) from error
        run, known = run_of(self._goal.snapshot), known_marks(self._journal.records, self.cluster.name)
        others = (
            *copies_at_work(now, run, known),
            *at_work(now, replace(self._goal, known_runs=mine), self._clock()),
        )
        if others:
            raise Halt({self._goal.keeper: RefusedError("; ".join(others), code="other-run")})
        if not self._steps.alone:
            self._steps.alone = accept(now, run, self._goal.left_out)

    def _claim(self) -> None:
        try:
            run = run_of(self._goal.snapshot)
            self._steps.alone = claim(self._nr, self.cluster, run, self._goal.left_out, self._journal)
        except MmpError as error:
            raise Halt({error.node or self._goal.keeper: error}, begun=False) from error

    @property
    def old_marks(self) -> frozenset[str]:
        """Return the marks on the nodes that the run knows, or has judged, to be out of use."""
        accepted = (alone.accepted for alone in self._steps.alone.values())
        return frozenset(trace for traces in accepted for trace in traces if mark_of(trace) is not None)

    def _wave(self, steps: Mapping[str, Step]) -> None:
        if self._stop.wished:
            raise Halt({node: Stopped("not started: the run was asked to stop", node=node) for node in steps})
        changes_cluster = any(step.action not in (BACKUP, UPLOAD) for step in steps.values())
        now = self.look() if changes_cluster else self.cluster
        seen = Moment.now()

        def act(task: Task) -> Result:
            step = steps[task.host.name]
            # Nornir does not take queued hosts back: each looks for itself whether it may still begin.
            self._stop.check(step.node)
            self._progress.begins(now.name, step)
            try:
                result = self._steps.act(task, step, now, seen)
            except Exception as error:
                self._progress.ends(now.name, step, as_mmp_error(error, step.node))
                raise
            self._progress.ends(now.name, step, None)
            return result

        act.__name__ = next(iter(steps.values())).action
        outcomes = run_on(self._nr, steps, act)
        self.cluster = replace(self.cluster, nodes=tuple(_after(node, outcomes) for node in self.cluster.nodes))
        errors = {name: outcome.error for name, outcome in outcomes.items() if outcome.error is not None}
        if errors:
            raise Halt(errors)


def _after(node: ObservedNode, outcomes: Mapping[str, Outcome]) -> ObservedNode:
    outcome = outcomes.get(node.name)
    if outcome is None or not isinstance(outcome.value, DatabaseStatus):
        return node
    return replace(node, status=outcome.value)
