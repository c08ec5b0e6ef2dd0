"""Put new certificate files on the nodes days before the window; a renewal then finds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl import exit_codes as codes
from mmpctl.certificates.names import sent_files
from mmpctl.certificates.secret import Secret
from mmpctl.cluster.preflight import against_staging
from mmpctl.cluster.target import WantedFiles
from mmpctl.documents.asked import Asked
from mmpctl.documents.issuing.stage import StagedNodeDocument, StageDocument
from mmpctl.enums import Word
from mmpctl.errors import MmpError, TransferError
from mmpctl.fleet.run_on import Outcome, as_mmp_error, close_all, run_on
from mmpctl.inventory.select import require_masters
from mmpctl.renewal.cluster_lock import lock_cluster
from mmpctl.renewal.context import Watch
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.reports.typed import RENEWAL_OPTIONS, with_asked
from mmpctl.runbooks import plan as planning
from mmpctl.tasks.prove_keys import prove_keys
from mmpctl.tasks.upload import upload
from mmpctl.times import now_utc


class Staged(Word):
    """Whether a new file is on its node."""

    UPLOADED = "uploaded"
    THERE = "already there"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One new file.

    Args:
        file: its name below `--certs`.
        device: its name on the node.
        state: whether it is there.
    """

    file: str
    device: str
    state: Staged


@dataclass(frozen=True, slots=True)
class StagedNode:
    """The new files of one node.

    Args:
        name: inventory name.
        files: in the order of the device's command.
        error: why they are not all there; None if they are.
    """

    name: str
    files: tuple[StagedFile, ...] = ()
    error: MmpError | None = None


@dataclass(frozen=True, slots=True)
class StagedCluster:
    """One cluster.

    Args:
        name: of the cluster.
        reasons: why nothing is sent; none if its files are fit.
        nodes: in the order of the inventory; none if nothing was sent.
    """

    name: str
    reasons: tuple[str, ...] = ()
    nodes: tuple[StagedNode, ...] = ()


@dataclass(frozen=True, slots=True)
class StageReport:
    """The clusters, in the order of the inventory."""

    clusters: tuple[StagedCluster, ...]

    @property
    def code(self) -> int:
        """5 if files of any cluster are refused: then nothing was sent; 10 if some files are not there; else 0."""
        if any(cluster.reasons for cluster in self.clusters):
            return codes.REFUSED
        failed = any(node.error is not None for cluster in self.clusters for node in cluster.nodes)
        return codes.DIFFERENT if failed else codes.DONE


def run(
    nr: Nornir, certs: Path, *, leave_out: frozenset[str] = frozenset(), clock: Callable[[], datetime] = now_utc
) -> StageReport:
    """Put the new files of every cluster on its nodes, under the names that a renewal gives them; start no run.

    Files that are there with the same content are not sent again. Nothing that was on a node is overwritten.

    Args:
        nr: filtered by the caller to whole clusters.
        certs: the folder of the new certificates.
        leave_out: names of dead nodes to go on without.
        clock: the present, aware, UTC.

    Raises:
        UsageError: there is no such folder or no such node, or a master is to be left out.
        LockedError: a run of this machine works on one of the clusters.
    """
    require_masters(nr, leave_out)
    try:
        plans = planning.run(nr, certs, leave_out=leave_out, clock=clock, read_only=False).clusters
        reasons = {plan.name: against_staging(plan.cluster, plan.goal) for plan in plans}
        if any(reasons.values()):
            return StageReport(tuple(StagedCluster(plan.name, reasons[plan.name]) for plan in plans))
        with ExitStack() as locks:
            for plan in plans:
                locks.enter_context(lock_cluster(nr, plan.name, Watch()))
            return StageReport(tuple(_staged(nr, plans)))
    finally:
        close_all(nr)


def _staged(nr: Nornir, plans: tuple[ClusterPlan, ...]) -> Iterator[StagedCluster]:
    contents = {
        node.name: plan.prepared.contents(node.name)
        for plan in plans
        for node in plan.cluster.nodes
        if node.answers and node.name in plan.goal.wanted
    }
    sources = {name: _sources(plan, name) for plan in plans for name in plan.goal.wanted if name in contents}
    wanted = {name: plan.goal.wanted[name] for plan in plans for name in plan.goal.wanted if name in contents}
    outcomes = run_on(
        nr,
        contents,
        _stage,
        lambda name: {"contents": contents[name], "sources": sources[name], "wanted": wanted[name]},
    )
    for plan in plans:
        silent = {
            node.name: StagedNode(node.name, error=MmpError(node.error or "no answer", code="not-reachable"))
            for node in plan.cluster.nodes
            if not node.answers
        }
        expected = (node.name for node in plan.cluster.nodes if node.name not in plan.goal.left_out)
        nodes = (silent.get(name) or _of(name, outcomes[name]) for name in expected)
        yield StagedCluster(plan.name, nodes=tuple(nodes))


def _stage(
    task: Task, contents: Mapping[str, Secret | Path], sources: Mapping[str, str], wanted: WantedFiles
) -> Result:
    """Send one file after the other, so that each is told; a file in the way of one does not hold up the others."""
    files: list[StagedFile] = []
    error: MmpError | None = None
    for name, content in contents.items():
        state = Staged.FAILED
        if error is None or isinstance(error, TransferError):
            try:
                state = Staged.UPLOADED if upload(task, {name: content}).changed else Staged.THERE
            except Exception as failed:
                error = as_mmp_error(failed, task.host.name)
        files.append(StagedFile(sources[name], name, state))
    if error is None:
        try:
            # Days before the window there is time for new requests, if the node says now that a pair does not fit.
            prove_keys(task, wanted.keys_on_node, wanted.certificates_of_keys())
        except Exception as failed:
            error = as_mmp_error(failed, task.host.name)
    return Result(host=task.host, result=StagedNode(task.host.name, tuple(files), error))


def _sources(plan: ClusterPlan, node: str) -> dict[str, str]:
    sent = sent_files(plan.goal.wanted[node].names, plan.prepared.sets[node])
    return {device: file.name for device, file in sent.items()}


def _of(name: str, outcome: Outcome) -> StagedNode:
    if outcome.error is not None:
        return StagedNode(name, error=outcome.error)
    staged: StagedNode = outcome.value
    return staged


def document(report: StageReport, asked: Asked | None = None) -> StageDocument:
    """Return the report as the JSON of the contract.

    Args:
        report: of `run`.
        asked: the options that the next command takes too.
    """
    clusters = {**(asked or {}), "cluster": [cluster.name for cluster in report.clusters]}
    return {
        "schema": 1,
        "command": "stage",
        "clusters": [
            {
                "name": cluster.name,
                "reasons": list(cluster.reasons),
                "nodes": [_node(node) for node in cluster.nodes],
            }
            for cluster in report.clusters
        ],
        "next": with_asked("mmpctl plan", clusters, *RENEWAL_OPTIONS) if report.code == codes.DONE else None,
    }


def _node(node: StagedNode) -> StagedNodeDocument:
    return {
        "name": node.name,
        "files": [{"file": one.file, "device": one.device, "state": one.state.value} for one in node.files],
        "error": node.error.told if node.error else None,
    }
