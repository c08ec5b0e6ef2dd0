"""How a renewal at a site ended, as the desk's commands have it, by what is known of its ticket."""

from __future__ import annotations

from dataclasses import dataclass

from mmpctl import exit_codes as codes
from mmpctl.cluster.job_words import UNKNOWN_JOB
from mmpctl.documents.checked import DocumentError, checked
from mmpctl.documents.renewal import RenewedCluster
from mmpctl.reach.lines.site_line import SiteLost, SiteRefuses
from mmpctl.reach.tickets.checked_answers import code_of
from mmpctl.reach.tickets.pursuit import Pursued
from mmpctl.reach.tickets.ticket import Ticket
from mmpctl.reach.tickets.ticket_state import Standing
from mmpctl.reach.tickets.work_requests import RunEnd, TicketEnd
from mmpctl.renewal.jobs.catalogue import JOBS
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.unit import Unit
from mmpctl.runs.ending import Ending

_WHO_WORKS = (
    "See with `mmpctl runs --engine SITES.yaml` who is at work; `mmpctl resume RUN --engine SITES.yaml` stays with it."
)
_AGAIN = "Give the command again: it makes a new plan, and a new ticket."


@dataclass(frozen=True, slots=True)
class ToldOutcome:
    """How it ended for one cluster.

    Args:
        unit: the outcome, for who goes next and who does not.
        run: the name of the run at the site; None if there is none, or it is not known.
        document: as the site's own command has it; None if that has not told.
    """

    unit: UnitOutcome
    run: str | None = None
    document: RenewedCluster | None = None


def units_of(ticket: Ticket, pursued: Pursued) -> tuple[Unit, ...]:
    """Return what a ticket was about: the clusters that its site tells of, else what it was made for.

    Args:
        ticket: that was sent.
        pursued: what is known of it.
    """
    end = pursued.end
    told = (end.answer or {}).get("clusters") if end is not None else None
    named = [str(one.get("name")) for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    names = named or [one.name for one in (end.clusters if end is not None else ())] or [ticket.work]
    return tuple(Unit(ticket.job, name, "") for name in names)


def outcome_of(unit: Unit, ticket: Ticket, pursued: Pursued) -> ToldOutcome:
    """Return how it ended for a cluster.

    Args:
        unit: the cluster.
        ticket: that was sent for it.
        pursued: what is known of the ticket.
    """
    end = pursued.end
    if end is None:
        return ToldOutcome(_not_known(unit, ticket, pursued.lost))
    if pursued.contradicts:
        return ToldOutcome(_contradicted(unit, ticket))
    if end.standing is Standing.ENDED:
        return _ended(unit, ticket, end)
    return ToldOutcome(_without_answer(unit, ticket, end, pursued.refusal), end.run)


def _without_answer(unit: Unit, ticket: Ticket, end: TicketEnd, refusal: SiteLost | None) -> UnitOutcome:
    if end.standing is Standing.WITHDRAWN:
        return _withdrawn(unit, ticket, refusal)
    if end.standing is Standing.RUNNING:
        return _still_running(unit, ticket)
    if end.standing is Standing.NOT_BEGUN:
        said = f" ({end.said})" if end.said else ""
        why = f"the process at the site {ticket.site} ended before there was a run{said}"
        return UnitOutcome(unit, Ending.NOT_STARTED, why, (_as_it_was(unit), _AGAIN))
    return _finished(unit, ticket, end) if end.standing is Standing.FINISHED else _interrupted(unit, ticket, end)


def _as_it_was(unit: Unit, why: str = "only commands that change nothing were sent to the nodes") -> str:
    words = JOBS[unit.job].words if unit.job in JOBS else UNKNOWN_JOB
    return f"{words.as_it_was[0].upper()}{words.as_it_was[1:]}: {why}."


def _not_known(unit: Unit, ticket: Ticket, lost: SiteLost | None) -> UnitOutcome:
    return UnitOutcome(
        unit,
        Ending.STOPPED,
        f"it is not known what has become of it: {lost.message if lost else 'its site does not report it'}",
        (
            f"Whatever was begun goes on at the site {ticket.site}, and nothing was sent twice.",
            f"Ask again with `mmpctl resume {ticket.id} --engine SITES.yaml`: it looks, and begins nothing.",
        ),
        more=codes.LOOK,
    )


def _contradicted(unit: Unit, ticket: Ticket) -> UnitOutcome:
    return UnitOutcome(
        unit,
        Ending.STOPPED,
        f"the site {ticket.site} has told of work on it, and now knows of none: was its folder of tickets lost or put "
        "back, or do two machines with folders of their own serve the site?",
        (
            "Look at the nodes with `mmpctl status --engine SITES.yaml`, and for its run with `mmpctl runs --engine "
            "SITES.yaml`.",
        ),
        more=codes.LOOK,
    )


def _withdrawn(unit: Unit, ticket: Ticket, refusal: SiteLost | None) -> UnitOutcome:
    if isinstance(refusal, SiteRefuses):
        return UnitOutcome(unit, Ending.REFUSED, refusal.told, (_as_it_was(unit),))
    why = f": {refusal.message}" if refusal else ""
    return UnitOutcome(
        unit,
        Ending.NOT_STARTED,
        f"the site {ticket.site} has not begun with it, and will not{why}",
        (_as_it_was(unit, "nothing was sent to the nodes"), _AGAIN),
    )


def _still_running(unit: Unit, ticket: Ticket) -> UnitOutcome:
    return UnitOutcome(
        unit,
        Ending.NOT_STARTED,
        f"the site {ticket.site} is at work on it, by a ticket of before",
        (f"Stay with it to its end with `mmpctl resume {ticket.id} --engine SITES.yaml`.",),
        more=codes.LOCKED,
    )


def _interrupted(unit: Unit, ticket: Ticket, end: TicketEnd) -> UnitOutcome:
    said = f" ({end.said})" if end.said else ""
    return UnitOutcome(
        unit,
        Ending.STOPPED,
        f"the process at the site {ticket.site} ended on the way, perhaps in the middle of a step{said}",
        (f"`mmpctl resume {end.run} --engine SITES.yaml` looks at every node and goes on.",),
        # Nobody has left the nodes at a safe place: a service may be off, a node out of its cluster.
        more=codes.LOOK,
    )


def _finished(unit: Unit, ticket: Ticket, end: TicketEnd) -> UnitOutcome:
    mine = next((one for one in end.clusters if one.name == unit.name), RunEnd(unit.name, None))
    if mine.outcome not in tuple(Ending):
        return _interrupted(unit, ticket, end)
    advice = (f"Its report is at the site {ticket.site}, in the folder of the run {end.run}.",) if end.run else ()
    outcome = Ending(mine.outcome)
    return UnitOutcome(unit, outcome, mine.reason, advice, more=code_of(outcome, mine.code))


def _ended(unit: Unit, ticket: Ticket, end: TicketEnd) -> ToldOutcome:
    if end.error is not None:
        if end.run is None:
            return ToldOutcome(UnitOutcome(unit, Ending.REFUSED, end.error, (_as_it_was(unit),)))
        advice = (f"`mmpctl resume {end.run} --engine SITES.yaml` looks at every node and goes on.",)
        return ToldOutcome(UnitOutcome(unit, Ending.STOPPED, end.error, advice, more=codes.LOOK), end.run)
    told = (end.answer or {}).get("clusters")
    mine = next((one for one in told if isinstance(one, dict) and one.get("name") == unit.name), None) if told else None
    try:
        document = checked(mine, RenewedCluster, f"what the site {ticket.site} tells of {unit.name}")
        outcome = Ending(document["outcome"])
    except (DocumentError, ValueError) as error:
        return ToldOutcome(UnitOutcome(unit, Ending.STOPPED, str(error), more=codes.LOOK), end.run)
    code = code_of(outcome, document["code"])
    if code == codes.LOCKED:
        document = {**document, "advice": [*document["advice"], _WHO_WORKS]}
    return ToldOutcome(UnitOutcome(unit, outcome, document["reason"], more=code), end.run, {**document, "code": code})
