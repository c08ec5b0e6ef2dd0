"""What a site's disk shows of a ticket: its own folder, its run, and how that has ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from mmpctl.errors import MmpError
from mmpctl.reach.tickets.spent_tickets import BRIEF, TicketFolder
from mmpctl.reach.tickets.ticket_state import Standing, Traces, standing_of
from mmpctl.reach.tickets.work_requests import ResumeRequest, RunEnd, TicketEnd
from mmpctl.reach.wire import from_wire
from mmpctl.runs import runs_folder
from mmpctl.runs.ending import Ending
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import JournalError
from mmpctl.runs.record import Event, Record
from mmpctl.runs.runs_folder import find
from mmpctl.runs.state import RunState, clusters_of_run, is_closed, state_of
from mmpctl.times import now_utc, read_iso, read_stamp

# No clock is put back by more than this; an older run that cannot be read is not the ticket's.
_CLOCK: Final = timedelta(days=1)


def end_of(runs: Path, folder: TicketFolder) -> TicketEnd:
    """Return what has become of a ticket that is either spent or withdrawn.

    Args:
        runs: the folder of all runs.
        folder: of the ticket.

    Raises:
        MmpError: a run cannot be read, so that nothing can be said.
    """
    told = folder.told()
    if told is None or not folder.is_spent():
        return _of_run_alone(runs, folder)
    if BRIEF in (old := folder.answer() or {}):
        return from_wire(old[BRIEF], TicketEnd, f"the ticket {folder.path.name}")
    # The lock first: once it is free, nothing of the rest changes any more.
    held = folder.is_held()
    answer = folder.answer()
    run = run_of(runs, folder.path.name, told)
    records, state = _read(run)
    standing = standing_of(Traces(True, held, answer is not None, state))
    name = run.name if run is not None else None
    if standing is Standing.ENDED and answer is not None:
        return TicketEnd(standing, name, answer["code"], answer.get("answer"), answer.get("error"))
    if run is None or standing is Standing.RUNNING:
        return TicketEnd(standing, name, said="" if held else folder.last_said())
    return TicketEnd(standing, name, clusters=_ends(run, records), said=folder.last_said())


def begun_with(runs: Path, ticket: str, spent: datetime) -> RunFolder | None:
    """Return the run that was begun with a ticket, whatever has become of the ticket's folder; None if there is none.

    Args:
        runs: the folder of all runs.
        ticket: its id.
        spent: when it was spent at the earliest, aware.

    Raises:
        MmpError: a run that may be the one cannot be read.
    """
    for one in reversed(runs_folder.every(runs)):
        try:
            if one.request.get("ticket") == ticket:
                return one
        except MmpError:
            if not _is_old(one, spent):
                raise
    return None


def _of_run_alone(runs: Path, folder: TicketFolder) -> TicketEnd:
    """Return what a run tells of a ticket whose folder knows of no work: an older copy of it may have been put back."""
    run = begun_with(runs, folder.path.name, now_utc())
    if run is None:
        return TicketEnd(standing_of(Traces(False)))
    records, state = _read(run)
    return TicketEnd(standing_of(Traces(True, run=state)), run.name, clusters=_ends(run, records))


def in_brief(end: TicketEnd) -> TicketEnd:
    """Return what has become of a ticket without the document of its process.

    Args:
        end: of a ticket whose process has ended.
    """
    if end.answer is None:
        return replace(end, said="")
    told = end.answer.get("clusters", ())
    clusters = tuple(RunEnd(one["name"], one["outcome"], one["code"], one["reason"]) for one in told)
    return TicketEnd(Standing.FINISHED, end.run, end.code, clusters=clusters)


def run_of(runs: Path, ticket: str, told: dict[str, Any]) -> RunFolder | None:
    """Return the run that was begun or resumed with a ticket; None if there is none, or none yet.

    Args:
        runs: the folder of all runs.
        ticket: its id.
        told: what was written down when it was spent.

    Raises:
        MmpError: a run that may be the one cannot be read.
    """
    request = told["request"]
    if told["verb"] == ResumeRequest.verb and isinstance(request, dict):
        return find(runs, request["run"])
    return begun_with(runs, ticket, read_iso(str(told["at"])))


def _is_old(one: RunFolder, spent: datetime) -> bool:
    return read_stamp(one.name[:15]) < spent - _CLOCK


def _read(run: RunFolder | None) -> tuple[tuple[Record, ...], RunState | None]:
    if run is None:
        return (), None
    try:
        records = run.records()
        return records, state_of(records, clusters_of_run(run))
    except JournalError:
        return (), RunState.CLOSED if is_closed(run) else RunState.DAMAGED


def _ends(run: RunFolder, records: tuple[Record, ...]) -> tuple[RunEnd, ...]:
    ends = {record.cluster: record for record in records if record.event == Event.END}
    return tuple(_end(name, ends.get(name)) for name in clusters_of_run(run))


def _end(name: str, record: Record | None) -> RunEnd:
    if record is None or record.result not in tuple(Ending):
        return RunEnd(name, None)
    reason = record.detail.get("reason")
    code = record.detail.get("code")
    return RunEnd(
        name,
        record.result,
        code if type(code) is int else Ending(record.result).exit_code,
        str(reason) if reason is not None else None,
    )
