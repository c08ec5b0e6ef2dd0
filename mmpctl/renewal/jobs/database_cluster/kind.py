"""The renewal of database clusters as a kind of job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from nornir.core import Nornir
from nornir.core.inventory import Host

from mmpctl.cluster.database_words import DATABASE_CLUSTER, DATABASE_WORDS
from mmpctl.cluster.target import Goal, Naming
from mmpctl.documents.begun import BegunCluster, BegunRenewal, BegunUnit
from mmpctl.errors import UsageError
from mmpctl.evidence.cluster_evidence import valid_until
from mmpctl.inventory.nodes import clusters_of, unit_of
from mmpctl.inventory.read_only_sessions import reading
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.every_job.given_folder import check_certs
from mmpctl.renewal.job_kind import Looking
from mmpctl.renewal.jobs.database_cluster import observation
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan, judged, own_address
from mmpctl.renewal.jobs.database_cluster.job import DatabaseCluster
from mmpctl.renewal.jobs.database_cluster.observation import Sight
from mmpctl.renewal.jobs.database_cluster.operator_confirmation import words_of
from mmpctl.renewal.jobs.database_cluster.preparation import prepare
from mmpctl.renewal.jobs.database_cluster.renew_options import ClusterWish, RenewOptions
from mmpctl.renewal.jobs.database_cluster.request import requested_of
from mmpctl.renewal.jobs.database_cluster.resumption import ClusterContinuation, look
from mmpctl.renewal.jobs.database_cluster.safety import checked
from mmpctl.renewal.jobs.database_cluster.unit import cluster_unit, requested_unit
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.resume.said import Said
from mmpctl.renewal.rollout import Rollout
from mmpctl.renewal.unit import Unit
from mmpctl.runs.folder import RunFolder


class DatabaseRenewals:
    """Renews the certificates of database clusters; see `JobKind` for what each part is."""

    name = DATABASE_CLUSTER
    words = DATABASE_WORDS
    form = BegunRenewal

    def units(self, nr: Nornir) -> tuple[Unit, ...]:
        """Return the clusters of an inventory."""
        return tuple(
            cluster_unit(group.name, group.master.name if group.master else None)
            for group in clusters_of(nr)
            if group.name is not None
        )

    def home(self, host: Host) -> str:
        """Return the cluster of a host."""
        return unit_of(host)

    def turns(self, asked: Rollout, units: Sequence[Unit], nr: Nornir) -> Rollout:
        """Return what was asked for: no unit waits for another."""
        return asked

    def check(self, nr: Nornir, wanted: ClusterWish) -> None:
        """Make sure that the names and the folder of a command line are there."""
        check_names(nr, wanted.options.keepers, wanted.options.leave_out, wanted.certs)

    def narrowed(self, wanted: ClusterWish, nr: Nornir) -> ClusterWish:
        """Return what is wanted of the clusters whose nodes are given."""
        return wanted.narrowed(nr)

    def plan(self, nr: Nornir, wanted: ClusterWish, looking: Looking) -> tuple[ClusterPlan, ...]:
        """Look at every cluster, decide on its keeper, judge and plan it."""
        options, clock = wanted.options, looking.clock
        words = words_of(options.keepers, options.reason, clock())
        with reading(nr) if looking.read_only else nullcontext():
            sights = observation.run(nr, services=options.names is Naming.SAME, clock=clock)
            prepared = [
                prepare(
                    sight,
                    goal_of(sight, options, looking.known_runs(sight.cluster.name)),
                    wanted.certs,
                    clock(),
                    [other for other in sights if other is not sight],
                )
                for sight in sights
            ]
            keys = observation.look_at_keys(nr, ((one.cluster, one.goal) for one in prepared))
        return tuple(
            judged(sight.site, one.with_keys(keys), words.get(sight.cluster.name))
            for sight, one in zip(sights, prepared, strict=True)
        )

    def job(self, run: RunContext, plan: ClusterPlan) -> DatabaseCluster:
        """Return one cluster's part of a run."""
        return DatabaseCluster(run, plan)

    def to_request(self, nr: Nornir, wanted: ClusterWish, plans: Sequence[ClusterPlan]) -> Mapping[str, Any]:
        """Return what a run keeps of its clusters."""
        return requested_of(nr, plans, wanted.certs, plans[0].goal)

    def from_request(self, one: BegunCluster) -> Unit:
        """Return a cluster as its run began with it."""
        return requested_unit(one)

    def told_of(self, one: BegunUnit) -> Unit:
        """Return a cluster as far as a request tells of it."""
        return cluster_unit(one["name"], one.get("keeper"))

    def checked(self, folder: RunFolder) -> tuple[str, ...]:
        """Return what to do with a cluster whose check had failed."""
        return checked(folder)

    def valid_until(self, one: BegunCluster) -> str | None:
        """Return when the first of a cluster's new certificates expires."""
        return valid_until(one)

    def on_resume(
        self, run: RunContext, units: Sequence[BegunCluster], request: BegunRenewal, said: Said
    ) -> Mapping[str, ClusterContinuation | UnitOutcome]:
        """Plan a cluster again that no node has left, and look up the open steps of any other."""
        return look(run, units, request, said)


def goal_of(sight: Sight, options: RenewOptions, known_runs: frozenset[str]) -> Goal:
    """Return what a cluster is to become, without its files.

    Args:
        sight: as it was observed.
        options: what is wanted.
        known_runs: the runs of the cluster on which nobody works.
    """
    return Goal(
        keeper=sight.cluster.inventory_master.name,
        keeper_address=own_address(sight.cluster),
        wanted={},
        left_out=options.leave_out & {node.name for node in sight.cluster.nodes},
        names=options.names,
        slaves_at_once=options.slaves_at_once,
        known_runs=known_runs,
    )


def check_names(nr: Nornir, keepers: Mapping[str, str], leave_out: Iterable[str], certs: Path) -> None:
    """Make sure that the names and the folder of a command line are there.

    Args:
        nr: filtered by the caller to whole clusters.
        keepers: the node whose database survives, by cluster.
        leave_out: names of dead nodes to go on without.
        certs: the folder of the new certificates.

    Raises:
        UsageError: a name that no node or cluster has, or a folder that is not there.
    """
    clusters = {cluster.name: cluster for cluster in clusters_of(nr) if cluster.name is not None}
    nodes = {node.name: cluster for cluster in clusters.values() for node in cluster.nodes}
    for cluster, node in keepers.items():
        if cluster not in clusters:
            raise UsageError(
                f"--keeper {cluster}={node}: no cluster {cluster}", advice=f"Known clusters: {_list(clusters)}."
            )
        if node not in nodes or nodes[node].name != cluster:
            known = _list(member.name for member in clusters[cluster].nodes)
            raise UsageError(f"--keeper {cluster}={node}: no node {node} in {cluster}", advice=f"Its nodes: {known}.")
    for node in leave_out:
        if node not in nodes:
            raise UsageError(f"--leave-out {node}: no such node", advice=f"Known nodes: {_list(nodes)}.")
    check_certs(certs)


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
