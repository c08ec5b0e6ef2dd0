"""Find certificate files on nodes that nothing refers to, and delete those that are named."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl import exit_codes as codes
from mmpctl.documents.asked import Asked
from mmpctl.documents.issuing.cleanup import (
    CleanupDocument,
    DeletionDocument,
    LeftoverDocument,
    LeftoversOfNodeDocument,
)
from mmpctl.errors import RefusedError
from mmpctl.fleet.look_on import look_on
from mmpctl.fleet.run_on import Outcome, as_mmp_error, close_all, run_on
from mmpctl.inventory.nodes import Node, nodes_of
from mmpctl.inventory.read_only_sessions import reading
from mmpctl.leftovers.deletion import SavedFile, objection, permit_deletion
from mmpctl.leftovers.judgement import FileState, JudgedFile, judged
from mmpctl.leftovers.named_file import Deletion, DeletionState, Named, parse
from mmpctl.leftovers.node_files import KnownHere, NodeFiles
from mmpctl.renewal.journal_context import user
from mmpctl.reports.issuing.what_next import after_cleanup
from mmpctl.runs.lock import locked
from mmpctl.signing.wanted_files import Sources, known_here
from mmpctl.tasks._saved_copy import saved_copy
from mmpctl.tasks.delete_file import delete_file
from mmpctl.tasks.look_at_files import look_at_files
from mmpctl.tasks.save_file import save_file
from mmpctl.times import iso, now_utc, stamp

_USUAL = Sources()


@dataclass(frozen=True, slots=True)
class CleanupReport:
    """The files that nothing refers to.

    Args:
        nodes: in the order of the inventory.
        seen: the look at each, or why there is none.
        deletions: what has become of each file that was named, in the order given.
    """

    nodes: tuple[Node, ...]
    seen: Mapping[str, Outcome]
    deletions: tuple[Deletion, ...] = ()

    @property
    def code(self) -> int:
        """5 if nothing was deleted of what was named; 10 if some of it was, or some nodes were not seen; else 0."""
        deleted = [one.state is DeletionState.DELETED for one in self.deletions]
        if deleted and not any(deleted):
            return codes.REFUSED
        seen = [outcome.error is None for outcome in self.seen.values()]
        return codes.DONE if all(deleted + seen) else codes.DIFFERENT


def run(nr: Nornir, sources: Sources = _USUAL, *, clock: Callable[[], datetime] = now_utc) -> CleanupReport:
    """Look for certificate files that nothing refers to; nothing is changed, and no file is fetched.

    Args:
        nr: filtered by the caller.
        sources: which files are wanted all the same.
        clock: the present, aware, UTC.

    Raises:
        UsageError: the folders cannot be read.
    """
    nodes = nodes_of(nr)
    known = known_here(nodes, sources)
    try:
        with reading(nr):
            seen = look_on(nr, [node.name for node in nodes], look_at_files, known=known, now=clock())
    finally:
        close_all(nr)
    return CleanupReport(nodes, seen)


def delete(
    nr: Nornir,
    named: Sequence[str],
    save: Path,
    sources: Sources = _USUAL,
    *,
    confirm: Callable[[Sequence[Named]], bool | None] = lambda _: None,
    clock: Callable[[], datetime] = now_utc,
) -> CleanupReport:
    """Delete exactly what is named, after saving it here; one file that must not be deleted keeps all of them.

    Args:
        nr: filtered by the caller; all nodes in it are looked at.
        named: `NODE:FILE`.
        save: the folder for the copies; `<save>/<node>/<time>/` each.
        sources: which files are wanted although nothing on a node names them.
        confirm: asked once, when nothing speaks against it; nothing is deleted at no, or None: nobody can be asked.
        clock: the present, aware, UTC.

    Raises:
        UsageError: what is named is no file of a node, or the folders cannot be used.
        LockedError: a run of this machine works on one of the nodes.
    """
    nodes = {node.name: node for node in nodes_of(nr)}
    wanted = parse(named, nodes)
    theirs = {one.node for one in wanted}
    endpoints = [f"{node.hostname}:{node.port}" for node in nodes.values() if node.name in theirs]
    with locked(endpoints, {"command": "cleanup", "pid": str(os.getpid()), "user": user(), "since": iso(clock())}):
        report = run(nr, sources, clock=clock)
        before = {one: it for one in wanted if (it := _deleted_before(report, one, save)) is not None}
        left = [one for one in wanted if one not in before]
        against = {one: why for one in left if (why := _objection(report, one)) is not None}
        if against:
            return _none(report, wanted, before, lambda one: against.get(one, "another file that was named is refused"))
        answer = confirm(left) if left else True
        if not answer:
            nobody = "nobody has confirmed it: say yes on a terminal, or give --yes"
            why = nobody if answer is None else "you did not say yes"
            return _none(report, wanted, before, lambda _: why)
        by_node: dict[str, list[str]] = defaultdict(list)
        for one in left:
            by_node[one.node].append(one.file)
        below = stamp(clock())

        def known() -> KnownHere:
            return known_here(nodes.values(), sources)  # a run may have begun since

        def work(task: Task) -> Result:
            done = [_deleted(task, file, save, below, known, clock) for file in by_node[task.host.name]]
            return Result(host=task.host, result=done)

        try:
            outcomes = run_on(nr, by_node, work)
        finally:
            close_all(nr)
    done = before | {one.named: one for name in by_node for one in _of_node(name, by_node[name], outcomes[name])}
    return CleanupReport(report.nodes, report.seen, tuple(done[one] for one in wanted))


def _deleted(
    task: Task, file: str, save: Path, below: str, known: Callable[[], KnownHere], clock: Callable[[], datetime]
) -> Deletion:
    """Save, look again, and delete: in this order, on one node."""
    named = Named(task.host.name, file)
    saved: SavedFile | None = None
    try:
        saved = save_file(task, file, save, below).result
        seen: NodeFiles = look_at_files(task, known(), clock(), deleting=True).result
        delete_file(task, permit_deletion(seen, saved))
    except Exception as error:
        ours = as_mmp_error(error, named.node)
        refused = isinstance(ours, RefusedError)
        return Deletion(named, DeletionState.REFUSED if refused else DeletionState.FAILED, saved, ours.told)
    return Deletion(named, DeletionState.DELETED, saved)


def _of_node(name: str, files: Iterable[str], outcome: Outcome) -> Iterator[Deletion]:
    error = outcome.error
    yield from (
        outcome.value
        if error is None
        else (Deletion(Named(name, file), DeletionState.FAILED, None, error.told) for file in files)
    )


def _none(
    report: CleanupReport, wanted: Iterable[Named], before: Mapping[Named, Deletion], why: Callable[[Named], str]
) -> CleanupReport:
    refused = (before.get(one) or Deletion(one, DeletionState.REFUSED, None, why(one)) for one in wanted)
    return CleanupReport(report.nodes, report.seen, tuple(refused))


def _deleted_before(report: CleanupReport, named: Named, save: Path) -> Deletion | None:
    """Return what a command has done that died before it could tell: the file is gone, and its copy lies here."""
    seen: NodeFiles | None = report.seen[named.node].value
    copy = saved_copy(save, named.node, named.file) if seen and named.file not in seen.listed else None
    return Deletion(named, DeletionState.DELETED, copy) if copy else None


def _objection(report: CleanupReport, named: Named) -> str | None:
    outcome = report.seen[named.node]
    error = outcome.error
    return f"the node was not seen: {error.message}" if error is not None else objection(outcome.value, named.file)


def document(report: CleanupReport, asked: Asked | None = None) -> CleanupDocument:
    """Return the report as JSON.

    Args:
        report: of `run` or `delete`.
        asked: the options that the next command takes too.
    """
    nodes = [_node(node, report.seen[node.name]) for node in report.nodes]
    deletions: list[DeletionDocument] = [
        {
            "node": one.named.node,
            "file": one.named.file,
            "state": one.state.value,
            "saved": one.saved.path if one.saved else None,
            "sha256": one.saved.sha256 if one.saved else None,
            "reason": one.reason,
        }
        for one in report.deletions
    ]
    return {
        "schema": 1,
        "command": "cleanup",
        "nodes": nodes,
        "deletions": deletions,
        "next": after_cleanup(nodes, deletions, asked),
    }


def _node(node: Node, outcome: Outcome) -> LeftoversOfNodeDocument:
    seen: NodeFiles = outcome.value or NodeFiles(node.name)
    found = judged(seen)
    return {
        "name": node.name,
        "cluster": node.cluster,
        "in_use": sum(one.state is FileState.USED for one in found),
        "files": [_leftover(one) for one in found if one.state is not FileState.USED],
        "not_seen": list(seen.unsure),
        "at_work": list(seen.at_work),
        "error": outcome.error.told if outcome.error else None,
    }


def _leftover(one: JudgedFile) -> LeftoverDocument:
    return {
        "file": one.file,
        "state": one.state.value,
        "since": iso(one.since) if one.since else None,
        "valid_until": one.valid_until.isoformat() if one.valid_until else None,
        "why": one.why,
    }
