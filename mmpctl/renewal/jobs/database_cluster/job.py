"""The job that renews the certificates of one database cluster, and keeps the database of its keeper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mmpctl.cluster.foreign_runs import at_work, copies_at_work, run_of
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.plan import plan
from mmpctl.cluster.preflight import unproved_keys
from mmpctl.cluster.progress import History
from mmpctl.cluster.status import DatabaseStatus
from mmpctl.cluster.step import Step
from mmpctl.errors import MmpError, RefusedError
from mmpctl.fleet.run_on import Outcome
from mmpctl.renewal.action import Action
from mmpctl.renewal.claim import accept, known_marks
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.every_job.planned_job import PlannedJob
from mmpctl.renewal.every_job.working_action import actions_of
from mmpctl.renewal.execution import Halt
from mmpctl.renewal.jobs.database_cluster.actions import ACTIONS
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.renewal.jobs.database_cluster.cluster_work import ClusterWork
from mmpctl.renewal.jobs.database_cluster.manual_steps import done_by_hand
from mmpctl.renewal.jobs.database_cluster.node_states import see, states
from mmpctl.renewal.jobs.database_cluster.observation import look_again, look_at_keys, look_for_backups
from mmpctl.renewal.jobs.database_cluster.safety import rest_of_cluster, safety
from mmpctl.renewal.jobs.database_cluster.verification import verification
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.stopped import describe


class DatabaseCluster(PlannedJob[ObservedCluster, ClusterPlan, ClusterWork]):
    """One database cluster's part of one run.

    Args:
        run: the run.
        planned: the cluster's plan: as it was observed, its keeper, its goal and the files.
        in_use: the names of the files that each node used when the run began; for a run that is taken up again.
    """

    changed = "the cluster has changed"
    # Of a run that begins, its backup is its mark.
    claims_anew = False

    def __init__(
        self, run: RunContext, planned: ClusterPlan, in_use: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        work = ClusterWork(run, planned.prepared, in_use)
        super().__init__(planned, planned.cluster, work, planned.goal.left_out)
        self.actions: Mapping[str, Action[ObservedCluster, Any, Any]] = actions_of(ACTIONS, work)
        self._last_status: dict[str, DatabaseStatus] = {}

    @property
    def history(self) -> History:
        """What the journal says that the run has done."""
        return self.run.journal.history(self.name)

    def planned_again(self) -> ClusterPlan:
        """Return the plan, judged by what the cluster shows now."""
        nr, goal = self.run.nr, self.planned.goal
        cluster = look_for_backups(nr, self.planned.cluster, goal.left_out)
        cluster = look_again(nr, cluster, goal.left_out)
        return self.planned.seen_again(cluster.with_keys(look_at_keys(nr, [(cluster, goal)])))

    def beginning(self) -> Mapping[str, Any]:
        """Return what each node shows, and the operator's word on the keeper."""
        word = self.planned.word
        return {"states": states(self.seen), **(word.document() if word is not None else {})}

    def remaining(self) -> tuple[Step, ...]:
        """Return the remaining steps, from the last look and the journal."""
        known = self._last_status
        nodes = tuple(replace(node, status=node.status or known.get(node.name)) for node in self.seen.nodes)
        return plan(replace(self.seen, nodes=nodes), self.work.goal, self.history)

    def look(self) -> ObservedCluster:
        """Ask every node that takes part for its status again."""
        # A node that cannot be reached now has not changed its place in the plan.
        self._last_status.update({node.name: node.status for node in self.seen.nodes if node.status})
        self.seen = look_again(self.run.nr, self.seen, self.work.goal.left_out)
        return self.seen

    def before_opening(self) -> None:
        """Find others that planned at the same time, and prove the keys on nodes, before anything is touched."""
        if self.is_opened:
            return
        goal = self.work.goal
        run = run_of(goal.snapshot)
        try:
            now = look_for_backups(self.run.nr, self.seen, goal.left_out)
        except MmpError as error:
            raise Halt({error.node or goal.keeper: error}) from error
        mine = replace(goal, known_runs=goal.known_runs | {run})
        others = (
            *copies_at_work(now, run, known_marks(self.run.journal.records, self.name)),
            *at_work(now, mine, self.run.watch.clock()),
        )
        if others:
            raise Halt({goal.keeper: RefusedError("; ".join(others), code="other-run")})
        # Now that the certificates are on the nodes, `pki match` can be asked about them too.
        self.seen = self.seen.with_keys(look_at_keys(self.run.nr, [(self.seen, goal)]))
        if unfit := unproved_keys(self.seen, goal):
            raise Halt({name: RefusedError("; ".join(why), code="key-on-node") for name, why in unfit.items()})
        if not self.work.alone:
            self.work.alone = accept(now, run, goal.left_out)

    def after(self, outcomes: Mapping[str, Outcome]) -> None:
        """Take in the statuses that the steps of a wave have seen."""
        self.seen = replace(self.seen, nodes=tuple(_after(node, outcomes) for node in self.seen.nodes))

    def found_by_hand(self) -> list[str]:
        """Tell the journal which steps the devices show as done with the run's files."""
        return done_by_hand(self.seen, self.work.goal, self.work.in_use, self.run.journal)

    def verify(self) -> tuple[str, ...]:
        """Check the cluster from every node that took part."""
        verified = verification(self.work, self.look)
        see(self.run.journal, self.seen, verified)
        return verified.problems

    def stopped(self, errors: Mapping[str, MmpError]) -> UnitOutcome:
        """Return what is safe, what is open, and what to type next."""
        seen = self.look()
        see(self.run.journal, seen)
        rest = rest_of_cluster(self.run, self.planned.prepared, self.remaining())
        told = safety(self.planned, seen, self.history, self.run.folder, errors)
        return describe(self.run, self.unit, rest, errors, told)


def _after(node: ObservedNode, outcomes: Mapping[str, Outcome]) -> ObservedNode:
    outcome = outcomes.get(node.name)
    if outcome is None or not isinstance(outcome.value, DatabaseStatus):
        return node
    return replace(node, status=outcome.value)
