"""Preflight and the ordered steps of a renewal; changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from nornir.core import Nornir

from mmpctl import exit_codes as codes
from mmpctl.cluster.preflight import Verdict
from mmpctl.cluster.step_documents import step_documents
from mmpctl.cluster.step_effects import expected
from mmpctl.cluster.target import Goal, Naming
from mmpctl.documents.plan import PlanDocument
from mmpctl.documents.procedure import ProcedureDocument
from mmpctl.errors import UsageError
from mmpctl.inventory.nodes import clusters_of
from mmpctl.inventory.read_only_sessions import reading
from mmpctl.procedure import by_hand
from mmpctl.renewal.jobs.database_cluster import observation
from mmpctl.renewal.jobs.database_cluster.actions import INSTRUCTIONS
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan, judged, own_address
from mmpctl.renewal.jobs.database_cluster.operator_confirmation import words_of
from mmpctl.renewal.jobs.database_cluster.preparation import prepare
from mmpctl.renewal.rollout import Rollout
from mmpctl.runs.state import accounted
from mmpctl.times import stamp


@dataclass(frozen=True, slots=True)
class RenewOptions:
    """What is wanted of a renewal.

    Args:
        keepers: the node whose database survives, by cluster, if the operator confirms it.
        reason: why they are the right ones.
        other_runs: runs of other machines on which nobody works any more.
        leave_out: names of dead nodes to go on without.
        names: `versioned` or `same`.
        slaves_at_once: how many slaves leave or join together; None for all.
        rollout: which clusters go first, how many at a time, and how many may fail.
        runs: the folder of all runs.
        inventory: where the inventory lies, so that `mmpctl resume RUN` finds it; None for where `load` found it.
    """

    keepers: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    other_runs: frozenset[str] = frozenset()
    leave_out: frozenset[str] = frozenset()
    names: Naming = Naming.VERSIONED
    slaves_at_once: int | None = None
    rollout: Rollout = field(default_factory=Rollout)
    runs: Path = Path("runs")
    inventory: Path | str | None = None

    def known_runs(self, cluster: str) -> frozenset[str]:
        """Return the runs of a cluster on which nobody works: their backups on the nodes are no sign of another run.

        Args:
            cluster: its name.
        """
        return accounted(self.runs, cluster) | self.other_runs


@dataclass(frozen=True, slots=True)
class PlanReport:
    """The plans of a fleet's clusters.

    Args:
        clusters: in the order of the inventory.
        declined: the operator was asked, and did not say yes.
    """

    clusters: tuple[ClusterPlan, ...]
    declined: bool = False

    @property
    def asks(self) -> bool:
        """There is something that the operator can say yes to."""
        return bool(self.ready) or any(cluster.keeper_is_open for cluster in self.clusters)

    @property
    def ready(self) -> tuple[str, ...]:
        """The clusters whose renewal may begin."""
        return tuple(cluster.name for cluster in self.clusters if cluster.preflight.verdict is Verdict.READY)

    @property
    def code(self) -> int:
        """5 if all are refused, 10 if only some are."""
        refused = (cluster.preflight.verdict is Verdict.REFUSED for cluster in self.clusters)
        return codes.exit_code(codes.REFUSED if one else codes.DONE for one in refused)


def run(
    nr: Nornir,
    certs: Path,
    *,
    keepers: Mapping[str, str] | None = None,
    reason: str | None = None,
    leave_out: frozenset[str] = frozenset(),
    names: str = Naming.VERSIONED,
    slaves_at_once: int | None = None,
    known_runs: Callable[[str], frozenset[str]] = lambda _: frozenset(),
    clock: Callable[[], datetime],
    read_only: bool = True,
) -> PlanReport:
    """Look at every cluster of the inventory given, and plan its renewal.

    Args:
        nr: filtered by the caller to whole clusters.
        certs: the folder of the new certificates.
        keepers: the node whose database survives, by cluster, if the operator confirms it.
        reason: why they are the right ones.
        leave_out: names of dead nodes to go on without.
        names: `versioned` or `same`.
        slaves_at_once: how many slaves leave or join together; None for all.
        known_runs: the runs of a cluster on which nobody works: their backups on the nodes are no sign of another run.
        clock: gives the time, aware, UTC.
        read_only: look in sessions that can send nothing else; without it they are of use for a renewal afterwards.

    Raises:
        UsageError: a name that no node or cluster has, or a folder that is not there.
    """
    options = RenewOptions(keepers or {}, reason, frozenset(), leave_out, Naming.of(names), slaves_at_once)
    return run_with(nr, certs, options, clock=clock, known_runs=known_runs, read_only=read_only)


def run_with(
    nr: Nornir,
    certs: Path,
    options: RenewOptions,
    *,
    clock: Callable[[], datetime],
    known_runs: Callable[[str], frozenset[str]] | None = None,
    read_only: bool = True,
) -> PlanReport:
    """Plan as `run` does, with all that is wanted in one object.

    Args:
        nr: filtered by the caller to whole clusters.
        certs: the folder of the new certificates.
        options: what is wanted.
        clock: gives the time, aware, UTC.
        known_runs: the runs of a cluster on which nobody works; by default those that the options know.
        read_only: look in sessions that can send nothing else; without it they are of use for a renewal afterwards.

    Raises:
        UsageError: a name that no node or cluster has, or a folder that is not there.
    """
    check_names(nr, options.keepers, options.leave_out, certs)
    words = words_of(options.keepers, options.reason, clock())
    with reading(nr) if read_only else nullcontext():
        sights = observation.run(nr, services=options.names is Naming.SAME, clock=clock)
    plans = []
    for sight in sights:
        name = sight.cluster.name
        goal = Goal(
            keeper=sight.cluster.inventory_master.name,
            keeper_address=own_address(sight.cluster),
            wanted={},
            left_out=options.leave_out & {node.name for node in sight.cluster.nodes},
            names=options.names,
            slaves_at_once=options.slaves_at_once,
            known_runs=(known_runs or options.known_runs)(name),
        )
        prepared = prepare(sight, goal, certs, clock(), [other for other in sights if other is not sight])
        plans.append(judged(sight.site, prepared, words.get(name)))
    return PlanReport(tuple(plans))


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
    if not certs.is_dir():
        raise UsageError(f"--certs {certs}: no such folder", advice="Name the folder with the new certificates.")


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def document(report: PlanReport) -> PlanDocument:
    """Return the report as the JSON of the contract."""
    return {
        "schema": 1,
        "command": "plan",
        "clusters": [
            {
                "name": cluster.name,
                "job": cluster.unit.job,
                "site": cluster.site,
                "keeper": cluster.keeper.keeper,
                "keeper_proved": cluster.keeper.proved,
                "keeper_evidence": list(cluster.keeper.evidence),
                "keeper_conclusions": list(cluster.keeper.conclusions),
                "keeper_contradictions": list(cluster.keeper.contradictions),
                "verdict": cluster.preflight.verdict,
                "reasons": list(cluster.preflight.reasons),
                "notes": list(cluster.preflight.notes),
                "expected": expected(cluster.steps).words if cluster.steps else None,
                "steps": step_documents(cluster.steps, cluster.keeper.keeper),
            }
            for cluster in report.clusters
        ],
    }


def with_by_hand(plan: PlanDocument, nr: Nornir, report: PlanReport, now: datetime) -> PlanDocument:
    """Return the document of `mmpctl plan`, with the manual procedure of each cluster that is ready.

    Args:
        plan: the document.
        nr: the nodes that were planned for.
        report: what the document was made of.
        now: the time, aware, UTC.
    """
    procedures: dict[str, ProcedureDocument] = {}
    for cluster in report.clusters:
        if cluster.steps:
            named = cluster.with_snapshot(f"pre-{stamp(now)}-hand")
            procedures[cluster.name] = by_hand.document(
                nr, named.prepared.facts(Path("by-hand")), named.steps, now, INSTRUCTIONS
            )
    return {**plan, "clusters": [{**one, "by_hand": procedures.get(one["name"])} for one in plan["clusters"]]}
