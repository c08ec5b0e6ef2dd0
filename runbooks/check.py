"""Check new certificates, or requests for them, for all nodes at once: no device is touched, and nobody logs in."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl import exit_codes as codes
from mmpctl.cluster.in_use import NodeInUse
from mmpctl.documents.asked import Asked
from mmpctl.documents.issuing.check import CheckDocument
from mmpctl.documents.kept import KeptAudit
from mmpctl.errors import UsageError
from mmpctl.fleet.look_on import look_on
from mmpctl.fleet.process_runner import ProcessRunner
from mmpctl.fleet.run_on import Outcome
from mmpctl.fleet.spread import MOST_PROCESSES, cores
from mmpctl.history.last_in_use import in_use_of
from mmpctl.inventory.nodes import clusters_of, nodes_of
from mmpctl.inventory.select import require_masters
from mmpctl.renewal.jobs.database_cluster.kind import check_names
from mmpctl.reports.typed import RENEWAL_OPTIONS, with_asked
from mmpctl.signing.checked_files import CheckedNode, Given
from mmpctl.signing.cluster_check import Member, as_part_of_a_renewal, check_members
from mmpctl.times import iso, now_utc

# A further process begins with its imports: for fewer nodes it is not worth them.
_NODES_EACH = 50


@dataclass(frozen=True, slots=True)
class CheckedCluster:
    """One cluster.

    Args:
        name: of the cluster.
        nodes: in the order of the inventory, the master first.
    """

    name: str
    nodes: tuple[CheckedNode, ...]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was found.

    Args:
        folder: of the files.
        at: when they were checked, aware, UTC.
        clusters: in the order of the inventory.
        left_out: selected nodes that were not checked: those without a cluster, and those that were named.
        compared_with: the time of the last audit that was compared with; None if none was.
    """

    folder: Path
    at: datetime
    clusters: tuple[CheckedCluster, ...]
    left_out: tuple[str, ...] = ()
    compared_with: datetime | None = None

    @property
    def nodes(self) -> tuple[CheckedNode, ...]:
        """All nodes that were checked."""
        return tuple(node for cluster in self.clusters for node in cluster.nodes)

    @property
    def has_requests_only(self) -> bool:
        """Whether there are requests, and no node has certificates."""
        given = {node.given for node in self.nodes}
        return Given.REQUESTS in given and Given.CERTIFICATES not in given

    @property
    def code(self) -> int:
        """The exit code of the contract: 0 if everything is fit, 4 if not."""
        return codes.DONE if all(node.fit for node in self.nodes) else codes.EXPIRED


def run(
    nr: Nornir,
    certs: Path,
    *,
    leave_out: frozenset[str] = frozenset(),
    audits: Iterable[KeptAudit] | None = None,
    processes: int | None = None,
    clock: Callable[[], datetime] = now_utc,
    seen: Callable[[Sequence[CheckedNode]], None] = lambda _: None,
) -> CheckReport:
    """Check what a folder has for each node of the database clusters, by the code that a plan checks it by.

    If no node has certificates yet, the requests in the folder are checked.

    Args:
        nr: filtered by the caller to whole clusters; no credentials are needed.
        certs: the folder, as `mmpctl plan` takes it, or of requests, as `mmpctl csr` fills it.
        leave_out: names of nodes that a renewal will go on without.
        audits: to compare with what is in use, the last one first: of `mmpctl.history.last_in_use.read_audit`, or
            `History.back`; None if nothing is to be compared.
        processes: how many processes, this one among them; by default as many as pay.
        clock: the present, aware, UTC.
        seen: called with the nodes of each cluster as soon as it is checked, also from several threads.

    Raises:
        UsageError: no node has a cluster, there is no such folder, a name to leave out that no node or a master has, or
            audits that have seen none of the nodes.
    """
    check_names(nr, {}, leave_out, certs)
    now = clock()
    members = _members(nr, leave_out)
    in_use = None if audits is None else _in_use(audits, [node.name for held in members.values() for node in held])
    # A cluster is checked as a whole, in the name of its first node.
    firsts = {held[0].name: name for name, held in members.items()}

    def told(name: str, outcome: Outcome) -> None:
        if outcome.error is None:
            seen(outcome.value)

    wanted = min(processes or _processes(sum(map(len, members.values()))), len(firsts))
    outcomes = look_on(
        nr.with_runner(ProcessRunner(wanted, wanted, stop_seconds=0.0)),
        firsts,
        _check_files,
        told=told,
        certs=str(certs),
        clusters=firsts,
        members=members,
        now=now,
        in_use=in_use,
    )
    clusters = tuple(CheckedCluster(firsts[name], _value(outcome)) for name, outcome in outcomes.items())
    checked = {node.name for held in members.values() for node in held}
    left_out = tuple(node.name for node in nodes_of(nr) if node.name not in checked)
    report = CheckReport(certs, now, clusters, left_out, max((one.at for one in (in_use or {}).values()), default=None))
    if report.has_requests_only:
        return report
    return replace(
        report, clusters=tuple(replace(one, nodes=tuple(map(as_part_of_a_renewal, one.nodes))) for one in clusters)
    )


def _members(nr: Nornir, leave_out: frozenset[str]) -> dict[str, tuple[Member, ...]]:
    """Return the nodes to be checked, by cluster."""
    require_masters(nr, leave_out)
    members: dict[str, tuple[Member, ...]] = {}
    for group in clusters_of(nr):
        held = tuple(Member(one.name, one.role) for one in group.nodes if one.role and one.name not in leave_out)
        if group.name is not None and held:
            members[group.name] = held
    if not members:
        raise UsageError(
            "none of the selected nodes belongs to a database cluster",
            advice="Select nodes that have `cluster` and `role`: the files are checked for database clusters.",
        )
    return members


def _in_use(audits: Iterable[KeptAudit], names: Sequence[str]) -> dict[str, NodeInUse]:
    found = in_use_of(audits, names)
    if not found:
        raise UsageError(
            "nothing can be compared: none of the selected nodes was seen by the audit",
            advice="Name an audit of the same inventory.",
        )
    return found


def _check_files(
    task: Task,
    certs: str,
    clusters: Mapping[str, str],
    members: Mapping[str, Sequence[Member]],
    now: datetime,
    in_use: Mapping[str, NodeInUse] | None,
) -> Result:
    """Check the files of a whole cluster in the name of one of its nodes, which is not touched."""
    cluster = clusters[task.host.name]
    return Result(host=task.host, result=check_members(Path(certs), cluster, members[cluster], now, in_use))


def document(report: CheckReport, asked: Asked | None = None) -> CheckDocument:
    """Return the report as the JSON of the contract.

    Args:
        report: of `run`.
        asked: the options that the next command takes too.
    """
    nodes = report.nodes
    fit = sum(node.fit for node in nodes)
    return {
        "schema": 1,
        "command": "check",
        "folder": str(report.folder),
        "at": iso(report.at),
        "compared_with": iso(report.compared_with) if report.compared_with else None,
        "clusters": [{"name": one.name, "nodes": [node.document() for node in one.nodes]} for one in report.clusters],
        "summary": {
            "nodes": len(nodes),
            "fit": fit,
            "unfit": len(nodes) - fit,
            "requests": sum(node.given is Given.REQUESTS for node in nodes),
            "left_out": list(report.left_out),
        },
        "next": _next(report, asked or {}) if fit == len(nodes) else None,
    }


def _processes(nodes: int) -> int:
    return max(1, min(cores(), MOST_PROCESSES, nodes // _NODES_EACH))


def _value(outcome: Outcome) -> tuple[CheckedNode, ...]:
    if outcome.error is not None:
        raise outcome.error
    checked: tuple[CheckedNode, ...] = outcome.value
    return checked


def _next(report: CheckReport, asked: Asked) -> str:
    folder = str(report.folder)
    if report.has_requests_only:
        return with_asked(f"mmpctl sign {shlex.quote(folder)} --answers PATH", asked, "inventory")
    return with_asked("mmpctl plan", {**asked, "certs": [folder]}, *RENEWAL_OPTIONS)
