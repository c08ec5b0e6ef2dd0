"""Preflight and the ordered steps of a renewal; changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nornir.core import Nornir

from mmpctl.cluster.target import Naming
from mmpctl.documents.plan import PlanDocument
from mmpctl.documents.procedure import ProcedureDocument
from mmpctl.procedure import by_hand
from mmpctl.renewal.job_kind import Looking
from mmpctl.renewal.jobs.catalogue import DATABASE
from mmpctl.renewal.jobs.database_cluster.actions import INSTRUCTIONS
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.renewal.jobs.database_cluster.renew_options import ClusterWish, RenewOptions
from mmpctl.renewal.plans import P, Plans
from mmpctl.times import now_utc, stamp


@dataclass(frozen=True, slots=True)
class PlanReport(Plans[ClusterPlan]):
    """The plans of a fleet's clusters.

    Args:
        clusters: in the order of the inventory.
        declined: the operator was asked, and did not say yes.
    """


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
    clock: Callable[[], datetime] = now_utc,
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
        clock: gives the time, aware, UTC; by default this machine's.
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
    wish = ClusterWish(certs, options)
    DATABASE.check(nr, wish)
    looking = Looking(clock, known_runs or options.of_run.known_runs, read_only)
    return PlanReport(DATABASE.plan(nr, wish, looking))


def document(report: Plans[P]) -> PlanDocument:
    """Return the report as the JSON of the contract."""
    return {"schema": 1, "command": "plan", "clusters": [cluster.document() for cluster in report.clusters]}


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
