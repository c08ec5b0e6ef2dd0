"""Renew the certificates of database clusters: plan, confirm, execute, verify."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nornir.core import Nornir

from mmpctl.cluster.goal import VERSIONED
from mmpctl.cluster.preflight import NOTHING_TO_DO, READY
from mmpctl.inventory.nodes import clusters_of, nodes_of
from mmpctl.runbooks import outcome as codes
from mmpctl.runbooks import plan as planning
from mmpctl.runbooks.carry_out import carry_out
from mmpctl.runbooks.fleet import close_all
from mmpctl.runbooks.outcome import ClusterOutcome
from mmpctl.runbooks.plan import ClusterPlan, PlanReport
from mmpctl.runbooks.recording import record_into
from mmpctl.runbooks.request import request_of
from mmpctl.runbooks.runs import unfinished
from mmpctl.runbooks.watch import Watch
from mmpctl.runs import folder as run_folders
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import Journal
from mmpctl.runs.lock import LockedError, locked
from mmpctl.runs.transcript import Transcripts


@dataclass(frozen=True, slots=True)
class RenewReport:
    """What came of a renewal.

    Args:
        run: the run's name; None when nothing was begun.
        clusters: how it ended for each.
        folder: the run's folder.
    """

    run: str | None
    clusters: tuple[ClusterOutcome, ...]
    folder: Path | None = None

    @property
    def code(self) -> int:
        """The exit code."""
        return codes.exit_code(cluster.code for cluster in self.clusters)


def run(
    nr: Nornir,
    certs: Path,
    *,
    keepers: Mapping[str, str] | None = None,
    leave_out: frozenset[str] = frozenset(),
    names: str = VERSIONED,
    slaves_at_once: int | None = None,
    runs: Path = Path("runs"),
    confirm: Callable[[PlanReport], PlanReport | None] = lambda report: report,
    inventory: str = "",
    watch: Watch | None = None,
) -> RenewReport:
    """Renew every cluster of the inventory given; clusters are independent of each other.

    Args:
        nr: filtered by the caller to whole clusters.
        certs: the folder of the new certificates.
        keepers: the node whose database survives, by cluster, where the operator confirms it.
        leave_out: names of dead nodes to go on without.
        names: `versioned` or `same`.
        slaves_at_once: how many slaves leave or join together; None for all.
        runs: the folder of all runs.
        confirm: shown the plan before anything is changed; gives it back, perhaps with a keeper confirmed, or None.
        inventory: where the inventory lies, for the record.
        watch: who watches the run; nobody by default.

    Returns:
        How it ended for each cluster, and the run.

    Raises:
        UsageError: the certificates' or the runs' folder cannot be used.
    """
    watching = watch or Watch()
    transcripts = Transcripts(watching.clock)
    planning.check_names(nr, keepers or {}, leave_out, certs)
    groups = [group for group in clusters_of(nr) if group.name is not None]
    outcomes: dict[str, ClusterOutcome] = {}
    with ExitStack() as stack:
        stack.callback(close_all, nr)
        for group in groups:
            name = group.name or ""
            try:
                stack.enter_context(lock_cluster(nr, name, watching))
            except LockedError as error:
                keeper = group.master.name if group.master else None
                outcomes[name] = ClusterOutcome(name, keeper, codes.LOCKED, "not started", str(error))
        fleet = nr.filter(filter_func=lambda host: host.get("cluster") not in outcomes)
        record_into(fleet, transcripts)
        report = planning.run(
            fleet,
            certs,
            keepers={name: node for name, node in (keepers or {}).items() if name not in outcomes},
            leave_out=leave_out & set(fleet.inventory.hosts),
            names=names,
            slaves_at_once=slaves_at_once,
            clock=watching.clock,
        )
        report = PlanReport(tuple(_unless_unfinished(cluster, runs) for cluster in report.clusters))
        planned = confirm(report) if report.asks else report
        ready = [cluster for cluster in (planned or report).clusters if cluster.preflight.verdict == READY]
        folder: RunFolder | None = None
        if planned is not None and ready:
            request = request_of(fleet, ready, certs, ready[0].goal, inventory)
            folder = _begin(runs, request, planned, transcripts, watching)
            todo = [cluster.with_snapshot(snapshot_name(folder)) for cluster in ready]
            journal = folder.journal(watching.clock)
            stack.callback(journal.close)
            outcomes.update({one.name: one for one in carry_out_all(fleet, todo, folder, journal, watching)})
        for cluster in (planned or report).clusters:
            outcomes.setdefault(cluster.name, _not_begun(cluster, None if planned else codes.NOT_CONFIRMED))
        ended = tuple(outcomes[group.name or ""] for group in groups)
        result = RenewReport(folder.name if folder else None, ended, folder.path if folder else None)
        if folder is not None:
            folder.write("report.json", document(result))
        return result


def _begin(
    runs: Path, request: dict[str, Any], planned: PlanReport, transcripts: Transcripts, watch: Watch
) -> RunFolder:
    folder = run_folders.create(runs, request, watch.clock())
    clusters = tuple(
        cluster.with_snapshot(snapshot_name(folder)) if cluster.steps else cluster for cluster in planned.clusters
    )
    folder.write("plan.json", planning.document(PlanReport(clusters)))
    transcripts.attach(folder.subfolder("transcripts"))
    return folder


def carry_out_all(
    nr: Nornir, plans: Sequence[ClusterPlan], folder: RunFolder, journal: Journal, watch: Watch
) -> list[ClusterOutcome]:
    """Carry out the plans of several clusters side by side.

    Args:
        nr: a Nornir object that knows all of them.
        plans: at least one.
        folder: the run's folder.
        journal: the run's journal.
        watch: who watches the run.
    """
    with ThreadPoolExecutor(max_workers=len(plans)) as pool:
        return list(pool.map(lambda one: carry_out(nr, one, folder, journal, watch), plans))


def lock_cluster(nr: Nornir, cluster: str, watch: Watch) -> AbstractContextManager[None]:
    """The lock of a cluster's nodes, as a context; entering it raises LockedError when another run holds one."""
    nodes = [f"{node.hostname}:{node.port}" for node in nodes_of(nr) if node.cluster == cluster]
    since = f"{watch.clock():%Y-%m-%dT%H:%M:%SZ}"
    return locked(nodes, {"pid": str(os.getpid()), "user": _user(), "since": since})


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return str(os.getuid())


def snapshot_name(folder: RunFolder) -> str:
    """The name of a run's backups on the devices: whoever finds one there knows that a run was at work."""
    return f"pre-{folder.name}"


def _unless_unfinished(cluster: ClusterPlan, runs: Path) -> ClusterPlan:
    before = unfinished(runs, cluster.name)
    if before is None or cluster.preflight.verdict == NOTHING_TO_DO:
        return cluster
    return cluster.refused(
        f"the run {before} of this cluster is not finished: go on with `mmpctl resume {before}`, or end it with "
        f"`mmpctl runs --close {before} --reason TEXT`"
    )


def _not_begun(cluster: ClusterPlan, why: str | None = None) -> ClusterOutcome:
    if cluster.preflight.verdict == NOTHING_TO_DO:
        return ClusterOutcome(cluster.name, cluster.keeper.keeper, codes.DONE, "nothing to do")
    reasons = (why,) if why and cluster.preflight.verdict == READY else cluster.preflight.reasons
    return ClusterOutcome(cluster.name, cluster.keeper.keeper, codes.REFUSED, "refused", "; ".join(reasons))


def document(report: RenewReport, command: str = "renew") -> dict[str, Any]:
    """The report as the JSON of the contract.

    Args:
        report: of a renewal, or of one that was resumed.
        command: `renew` or `resume`.
    """
    return {
        "schema": 1,
        "command": command,
        "run": report.run,
        "clusters": [
            {
                "name": cluster.name,
                "keeper": cluster.keeper,
                "code": cluster.code,
                "outcome": cluster.outcome,
                "reason": cluster.reason,
                "advice": list(cluster.advice),
                "remaining": [planning.step_document(step) for step in cluster.remaining],
            }
            for cluster in report.clusters
        ],
    }
