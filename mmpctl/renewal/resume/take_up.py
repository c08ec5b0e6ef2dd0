"""Take up the units of a stopped run: what is made sure of first, whatever the job, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from mmpctl.cluster.foreign_runs import begun_since, copies_at_work
from mmpctl.cluster.preflight import Verdict
from mmpctl.errors import MmpError, RefusedError
from mmpctl.renewal.claim import known_marks
from mmpctl.renewal.every_job.stopped_unit import J, StoppedUnit
from mmpctl.renewal.journal_context import at_work
from mmpctl.renewal.not_begun import not_begun
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.plans import P
from mmpctl.renewal.resume.continuation import Continuation
from mmpctl.renewal.resume.not_resumed import stopped
from mmpctl.renewal.resume.open_steps import cut_line, look_up
from mmpctl.renewal.side_by_side import side_by_side
from mmpctl.runs.ending import Ending
from mmpctl.runs.record import Event
from mmpctl.runs.state import unfinished


def take_up(units: Sequence[StoppedUnit[Any, P, Any]]) -> dict[str, Continuation[P] | UnitOutcome]:
    """Look at units of a stopped run, each by itself: one's long look does not delay the others.

    Args:
        units: of the run, as they are seen now; its journal is told what was found.

    Returns:
        By unit, what is left of it, or why the run does not go on with it.
    """
    found = side_by_side(_taken_up, units, max(len(units), 1))
    return dict(zip((one.unit.name for one in units), found, strict=True))


def _taken_up(one: StoppedUnit[Any, P, Any]) -> Continuation[P] | UnitOutcome:
    try:
        one.check()
        return _goes_on(one) if one.is_opened else _begins(one)
    except MmpError as error:
        return _halted(one, error)


def _goes_on(one: StoppedUnit[Any, P, Any]) -> Continuation[P] | UnitOutcome:
    """What is left of a unit that the run may have begun to change."""
    one.check_nodes()
    others = (*_copies(one), *_later_runs(one))
    if others:
        raise _not_alone(one, others)
    planned, notes = one.begun_with()
    _tell_the_journal(one)
    job = one.job(planned)
    try:
        found = (*look_up(one.run, job), *_told(one, (*notes, *one.said.changes)))
        one.seen = job.seen
        left = one.left(planned, job)
    except MmpError as error:
        one.seen = job.seen
        return _halted(one, error, job)
    return Continuation(left, found, one.compared.with_left(one.nodes_seen(), left.steps))


def _begins(one: StoppedUnit[Any, P, Any]) -> Continuation[P] | UnitOutcome:
    """A unit that the run has not changed yet, judged as a new one is."""
    folder = one.run.folder
    other = unfinished(folder.path.parent, one.unit.name)
    if other not in (None, folder.name):
        reason = f"the run {other} was started on this {one.unit.noun} later and is not finished: resume that one"
        return UnitOutcome(one.unit, Ending.REFUSED, reason)
    if copies := tuple(_copies(one)):
        return _refused(one, copies)
    one.check_nodes()
    planned = one.planned_anew()
    if planned.verdict is not Verdict.READY:
        return _not_begun(one, planned)
    one.check_planned(planned)
    if later := tuple(_later_runs(one)):
        return _refused(one, later)
    if one.is_begun:
        _tell_the_journal(one)
    says = (one.from_the_beginning(), *cut_line(one.run.journal))
    found = _told(one, (*(f"the journal says: {text}" for text in says), *one.said.changes))
    return Continuation(planned, found, one.compared.with_left(one.nodes_seen(), planned.steps))


def _not_begun(one: StoppedUnit[Any, P, Any], planned: P) -> UnitOutcome:
    name, done = one.run.folder.name, planned.verdict is Verdict.NOTHING_TO_DO
    if one.is_begun and done:
        one.run.journal.append(Event.END, one.unit.name, result=Ending.NOTHING_TO_DO)
    advice = (
        f"{one.untouched} When the cause is removed, go on with `mmpctl resume {name}`; or close this run "
        f"(`mmpctl runs --close {name} --reason TEXT`) and start a new one with `mmpctl renew`.",
        *one.advice(planned),
    )
    now = one.nodes_seen()
    nodes = one.compared.with_left(now, ()) if done else one.compared.with_error(now)
    return replace(not_begun(planned), advice=advice, nodes=nodes)


def _refused(one: StoppedUnit[Any, Any, Any], others: Iterable[str]) -> UnitOutcome:
    nodes = one.compared.with_error(one.nodes_seen())
    return UnitOutcome(one.unit, Ending.REFUSED, str(_not_alone(one, others)), nodes=nodes)


def _halted(one: StoppedUnit[Any, Any, J], error: MmpError, job: J | None = None) -> UnitOutcome:
    rest = one.rest(job) if job is not None else None
    is_refused = error.code in one.not_as_begun
    outcome = stopped(one.unit, error, one.run.folder, one.safety(job), rest, is_refused=is_refused, well=one.well)
    return replace(outcome, nodes=one.compared.with_error(one.nodes_seen(), error))


def _copies(one: StoppedUnit[Any, Any, Any]) -> Iterator[str]:
    return copies_at_work(one.seen, one.run.folder.name, known_marks(one.run.journal.records, one.unit.name))


def _later_runs(one: StoppedUnit[Any, Any, Any]) -> Iterator[str]:
    return begun_since(one.seen, one.run.folder.name, one.known_runs)


def _not_alone(one: StoppedUnit[Any, Any, Any], others: Iterable[str]) -> RefusedError:
    name = one.run.folder.name
    return RefusedError(
        "; ".join(others),
        code="not-alone",
        advice="Only commands that change nothing were sent. Resume the run on the machine where it has continued, "
        "with the folder "
        f"there. Only if that folder is lost for good, close this run with `mmpctl runs --close {name} "
        f"--reason TEXT` and start a new renewal with --other-run {name}.",
    )


def _tell_the_journal(one: StoppedUnit[Any, Any, Any]) -> None:
    one.run.journal.append(Event.RESUMED, one.unit.name, detail={**at_work(), "states": one.states()})


def _told(one: StoppedUnit[Any, Any, Any], lines: Iterable[str]) -> tuple[str, ...]:
    told = tuple(lines)
    for line in told:
        one.run.watch.progress.note(one.unit.name, line)
    return told
