"""The verbs of runs at a site: a ticket is taken once, and whoever asks is told what has become of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any, Final

from mmpctl.cluster.step_documents import step_documents
from mmpctl.documents.forms import Sha256
from mmpctl.reach.answer_lines import Part
from mmpctl.reach.tickets.confirmed_plan import rest_digest
from mmpctl.reach.tickets.renewal_place import RenewalPlace
from mmpctl.reach.tickets.spent_tickets import TicketFolder
from mmpctl.reach.tickets.ticket import Ticket, TicketTaken, check_renews, check_ticket
from mmpctl.reach.tickets.ticket_home import check_home, home_id
from mmpctl.reach.tickets.ticket_state import Standing
from mmpctl.reach.tickets.ticket_traces import begun_with, end_of
from mmpctl.reach.tickets.told_progress import Happening, ToldEvent
from mmpctl.reach.tickets.work_requests import FollowRequest, RenewRequest, RestFound, ResumeRequest, StopRequest
from mmpctl.reach.wire import to_wire
from mmpctl.renewal.context import Watch
from mmpctl.renewal.jobs.catalogue import JOBS
from mmpctl.renewal.limits import Limits
from mmpctl.renewal.request import request_for
from mmpctl.renewal.resume.continuation import Continuation
from mmpctl.runbooks.renew import document
from mmpctl.runs import journal
from mmpctl.times import now_utc

# So often it is looked for news while a process works.
_NEWS_SECONDS: Final = 0.2

Tell = Callable[[Part], None]
RunRequest = RenewRequest | ResumeRequest | FollowRequest | StopRequest


def work_on_run(place: RenewalPlace, request: RunRequest, tell: Tell) -> None:
    """Do what a desk asks for about a run.

    Args:
        place: the site.
        request: of the desk.
        tell: called with each event of a run, and at last with what has become of the ticket.

    Raises:
        MmpError: it is refused, or cannot be done.
    """
    # A site that only looks writes nothing for a desk, not even that a ticket is withdrawn.
    check_renews(place.name, renews=place.renews)
    if isinstance(request, (FollowRequest, StopRequest)):
        # What another folder has of the ticket is not known here: nothing is withdrawn, and nothing told.
        check_home(place.name, place.runs, request.home)
    if isinstance(request, FollowRequest):
        folder = TicketFolder.of(place.runs, request.ticket)
        # Whoever asks has lost the line it was sent by: from now on it is certain that it does not come later.
        folder.withdraw()
        _follow(place, folder, request.past, tell, waits=request.waits)
    elif isinstance(request, StopRequest):
        folder = TicketFolder.of(place.runs, request.ticket)
        if not folder.withdraw():
            folder.ask_to_stop(insist=request.insist)
        tell(Part(request.ticket, to_wire(end_of(place.runs, folder))))
    elif request.ticket is not None:
        _begin(place, request, request.ticket, tell)
    elif isinstance(request, ResumeRequest):
        tell(Part(request.run, to_wire(_look(place, request))))


def _begin(place: RenewalPlace, request: RenewRequest | ResumeRequest, ticket: Ticket, tell: Tell) -> None:
    if isinstance(request, RenewRequest):
        request.check()
        place.new_certificates()
        if request.services is None:
            place.cluster(ticket.work)
        else:
            place.services((ticket.work,), request.services)
    else:
        request.asked.check()
        place.run(request.run)
    folder = TicketFolder.of(place.runs, ticket.id)
    # Its folder may be an older copy, out of a backup of the site.
    if begun_with(place.runs, ticket.id, now_utc()) is not None:
        raise TicketTaken
    # Last of all: it is the age at which it is spent that counts.
    check_home(place.name, place.runs, ticket.home)
    check_ticket(ticket, place.now())
    place.begin(folder, request)
    _follow(place, folder, 0, tell)


def _follow(place: RenewalPlace, folder: TicketFolder, past: int, tell: Tell, *, waits: bool = True) -> None:
    """Tell all events but those that are known, as they come, and at last what has become of the ticket."""
    name, pause = folder.path.name, threading.Event()
    while True:
        end = end_of(place.runs, folder)
        # After the look at the lock: of a process that has ended, these are all.
        for line in folder.progress(past):
            tell(Part(name, _event(line)))
            past += 1
        if end.standing is not Standing.RUNNING or not waits:
            tell(Part(name, to_wire(end)))
            return
        pause.wait(_NEWS_SECONDS)


def _event(line: str) -> dict[str, Any]:
    """Return the event that a line of the progress tells; one that a full disk has cut is told as such, and counts."""
    try:
        told = json.loads(line)
    except ValueError:
        told = None
    missing = ToldEvent(now_utc(), Happening.NOTE, text="a part of the progress could not be written at the site")
    return told if isinstance(told, dict) else dict(to_wire(missing))


def _look(place: RenewalPlace, request: ResumeRequest) -> RestFound:
    """Look at an interrupted run and at its nodes; what goes on is not gone on with."""
    request.asked.check()
    run = place.run(request.run)
    kind, _ = request_for(run, JOBS)
    digests: list[Sha256] = []
    units: list[dict[str, Any]] = []

    def show(found: tuple[Continuation[Any], ...]) -> bool:
        chain = journal.read(run.path / "journal.jsonl", run.name).chain
        digests.append(rest_digest(run.name, chain, found))
        units.extend(map(_unit, found))
        return False

    watch = Watch(limits=Limits(operation=request.asked.operation_minutes * 60))
    report = place.resume(request, show, watch)
    told = document(report, "resume")
    digest = digests[0] if digests else None
    return RestFound(run.name, kind.name, digest, tuple(units), report.code, dict(told), home_id(place.runs))


def _unit(found: Continuation[Any]) -> dict[str, Any]:
    unit = found.plan.unit
    return {
        "name": unit.name,
        "job": unit.job,
        "nodes": [node.document() for node in found.nodes],
        "found": list(found.found),
        "steps": step_documents(found.plan.steps, unit.lead),
    }
