"""Remaining steps of a stopped run's database clusters: planned again until a node has left, then looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from mmpctl.cluster.keeper import decide_keeper
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.plan import is_opened, plan
from mmpctl.cluster.preflight import Preflight, Verdict, going_on
from mmpctl.cluster.step_kinds import ActionName
from mmpctl.cluster.target import Goal, Naming
from mmpctl.documents.begun import BegunCluster, BegunRenewal
from mmpctl.errors import MmpError, RefusedError
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.every_job.stopped_unit import StoppedUnit
from mmpctl.renewal.jobs.database_cluster import observation
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan, judged, own_address
from mmpctl.renewal.jobs.database_cluster.job import DatabaseCluster
from mmpctl.renewal.jobs.database_cluster.kept_backups import check_backups
from mmpctl.renewal.jobs.database_cluster.node_states import nodes_seen, states
from mmpctl.renewal.jobs.database_cluster.observation import Sight
from mmpctl.renewal.jobs.database_cluster.operator_confirmation import Words
from mmpctl.renewal.jobs.database_cluster.preparation import Prepared, prepare
from mmpctl.renewal.jobs.database_cluster.request import check_files, dead_for_good, other_addresses
from mmpctl.renewal.jobs.database_cluster.safety import rest_of_cluster, whereabouts
from mmpctl.renewal.jobs.database_cluster.unit import requested_unit
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.resume.comparison import NodeSeen
from mmpctl.renewal.resume.continuation import Continuation
from mmpctl.renewal.resume.said import Said
from mmpctl.renewal.resume.same_nodes import check_same
from mmpctl.renewal.resume.take_up import take_up
from mmpctl.renewal.rollout import snapshot_name
from mmpctl.renewal.stopped import Rest

_SAY_AGAIN = (
    "The request says that {keeper} was confirmed as the keeper of {cluster}, but nothing proves who wrote that. If "
    "you know that its database is the one to keep, say so: --keeper {cluster}={keeper}."
)
_SAY_WHY = (
    "Only if it is certain that {keeper} holds the database that must survive, `mmpctl resume {run}` goes on with the "
    "keeper's name after --keeper and the reason after --reason; both are kept in the run."
)

ClusterContinuation = Continuation[ClusterPlan]


def look(
    run: RunContext, clusters: Sequence[BegunCluster], request: BegunRenewal, said: Said
) -> dict[str, ClusterContinuation | UnitOutcome]:
    """Look at clusters of a stopped run, each by itself.

    Args:
        run: the run; its journal is told what was found.
        clusters: their parts of the request.
        request: the run's.
        said: what the operator said.

    Returns:
        By cluster, what is left of it, or why it does not go on.
    """
    words = Words.of(said, run.watch.clock())
    wanted = {one["name"]: one for one in clusters}
    selected = run.nr.filter(filter_func=lambda host: host.get("cluster") in wanted)
    sights = observation.run(selected, services=request["names"] == Naming.SAME, clock=run.watch.clock)
    return take_up([StoppedCluster(run, sight, wanted[sight.cluster.name], request, words) for sight in sights])


class StoppedCluster(StoppedUnit[ObservedCluster, ClusterPlan, DatabaseCluster]):
    """One database cluster of a stopped run.

    Args:
        run: the run.
        sight: the cluster as it is seen now.
        one: its part of the request.
        request: the run's.
        words: what the operator said.
    """

    untouched = "No node has left its cluster."
    not_as_begun = ("other-files", "files", "other-keeper")

    def __init__(self, run: RunContext, sight: Sight, one: BegunCluster, request: BegunRenewal, words: Words) -> None:
        left_out = frozenset(request["leave_out"])
        super().__init__(run, requested_unit(one), sight.cluster, words.said, one["known_runs"], left_out)
        self._sight = sight
        self._one = one
        self._request = request
        self._words = words

    @property
    def is_opened(self) -> bool:
        """Whether a node may have left its cluster because of this run."""
        return is_opened(self.run.journal.history(self.unit.name))

    def check(self) -> None:
        """Make sure that nobody names another keeper."""
        word = self._words.keepers.get(self.unit.name)
        if word is not None and word.node != self._one["keeper"]:
            raise _other_keeper(self.unit.name, word.node, self._one["keeper"])

    def check_nodes(self) -> None:
        """Make sure that every node answers, and is the machine that it was, once anything was intended with it."""
        if not self.is_begun:
            return
        nodes = [node for node in self._sight.cluster.nodes if node.name not in self._goal.left_out]
        keeper = self._one["keeper"]
        check_same(
            nodes,
            self._one["nodes"],
            {node.name for node in nodes},
            self._sight.errors,
            lambda name: dead_for_good(name, is_keeper=name == keeper),
        )

    def planned_anew(self) -> ClusterPlan:
        """Return the plan of a cluster that nobody has taken apart yet; the keeper is decided on again too."""
        # A reason that was given when the run began counts as the name does: only where it is proved who gave it.
        return judged(self._sight.site, self._prepared(), self._words.on_keeper(self._one))

    def begun_with(self) -> tuple[ClusterPlan, Sequence[str]]:
        """Return the plan of a cluster that may be apart, with its backups; changed addresses are told."""
        prepared = self._prepared()
        check_backups(self.run.journal, self.unit.name, self.run.folder.path)
        keeper = decide_keeper(prepared.cluster, self._goal.keeper)
        word = self._words.keepers.get(self.unit.name)
        planned = ClusterPlan(prepared, keeper, word=word, preflight=Preflight(Verdict.READY), site=self._sight.site)
        return planned, other_addresses(self._sight, self._one)

    def job(self, planned: ClusterPlan) -> DatabaseCluster:
        """Return the cluster's part of the run."""
        return DatabaseCluster(self.run, planned, {node["name"]: node["in_use"] for node in self._one["nodes"]})

    def left(self, planned: ClusterPlan, job: DatabaseCluster) -> ClusterPlan:
        """Return the plan with the steps that are left, if the nodes are still fit for them."""
        watch, prepared = self.run.watch, replace(planned.prepared, cluster=job.seen)
        steps = plan(prepared.cluster, prepared.goal, job.history)
        if any(step.action in (ActionName.REMOVE, ActionName.INITIALIZE) for step in steps):
            # Days may have passed: whoever the nodes are and what their clocks say is found out anew, before they are
            # told. Once the keeper is made again, the guards of each join know more of who is who.
            seen = observation.look_at_clocks(self.run.nr, prepared.cluster, prepared.goal.left_out, watch.clock)
            if reasons := going_on(seen, prepared.goal, watch.clock()):
                raise MmpError(
                    "; ".join(reasons),
                    code="not-as-planned",
                    advice=f"Correct this, then go on with `mmpctl resume {self.run.folder.name}`.",
                )
        keeper = decide_keeper(prepared.cluster, prepared.goal.keeper)
        return replace(planned, prepared=prepared, keeper=keeper, steps=steps)

    def states(self) -> Mapping[str, Any]:
        """Return what each node shows of its cluster."""
        return states(self.seen)

    def nodes_seen(self) -> tuple[NodeSeen, ...]:
        """Return what each node shows now, in words."""
        return nodes_seen(self.seen, self.run.folder.name)

    def safety(self, job: DatabaseCluster | None) -> tuple[str, ...]:
        """Return where the good copy of the database is."""
        return whereabouts(self.seen if job is not None else None, self._one["keeper"], self.run.folder)

    def rest(self, job: DatabaseCluster) -> Rest:
        """Return what is left of the cluster."""
        return rest_of_cluster(self.run, job.planned.prepared, job.remaining())

    def from_the_beginning(self) -> str:
        """Return that no node has left, and what follows."""
        if not self.is_begun:
            return super().from_the_beginning()
        return "no node was removed · therefore: from the beginning, with new backups"

    def advice(self, planned: ClusterPlan) -> Iterator[str]:
        """Yield which word of the operator's is missing."""
        keeper, run = self._goal.keeper, self.run.folder.name
        if not planned.keeper.settled and planned.keeper.contradictions:
            yield _SAY_WHY.format(keeper=keeper, run=run)
        elif self._one["keeper_confirmed"] and planned.word is None:
            yield _SAY_AGAIN.format(cluster=self.unit.name, keeper=keeper)

    @cached_property
    def _goal(self) -> Goal:
        cluster = self._sight.cluster
        return Goal(
            keeper=self._one["keeper"],
            # As it is seen now: the inventory may have been put right since.
            keeper_address=own_address(cluster),
            wanted={},
            left_out=frozenset(self._request["leave_out"]) & {node.name for node in cluster.nodes},
            names=Naming(self._request["names"]),
            slaves_at_once=self._request["slaves_at_once"],
            snapshot=snapshot_name(self.run.folder),
            known_runs=self.known_runs,
        )

    def _prepared(self) -> Prepared:
        certs = self.said.certs or Path(self._request["certs"])
        made = prepare(self._sight, self._goal, certs, self.run.watch.clock())
        prepared = made.with_keys(observation.look_at_keys(self.run.nr, [(made.cluster, made.goal)]))
        check_files(prepared, self._one)
        return prepared


def _other_keeper(cluster: str, said: str, keeper: str) -> RefusedError:
    return RefusedError(
        f"{said} was given as keeper of {cluster}, but the run was started with {keeper}",
        code="other-keeper",
        advice="The keeper of a run cannot be changed. Find out which node is the right one. If the run's keeper is "
        "wrong, close this run with `mmpctl runs --close RUN --reason TEXT`, and start a new renewal. "
        "Nothing was sent.",
    )
