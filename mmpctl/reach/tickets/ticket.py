"""A ticket: with it, one site begins one piece of work once, as it was planned, within a short time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mmpctl.cluster.database_words import DATABASE_CLUSTER
from mmpctl.documents.forms import Sha256
from mmpctl.errors import RefusedError
from mmpctl.reach.wire import WireError

# From the operator's word to the site's start pass seconds; a request that was held up for longer is given up.
GOOD_SECONDS: Final = 120
# No desk can make a ticket that is good for longer, and no clock may be further ahead.
MOST_SECONDS: Final = 300
_ID: Final = re.compile(r"[0-9a-f]{32}")
_AGAIN: Final = "Nothing was begun. Give the command again: it makes a new plan, and a new ticket."


class TicketRefused(RefusedError):
    """A site does not take a ticket; it has begun nothing with it."""

    code = "ticket"


class TicketTaken(TicketRefused):
    """The ticket was spent or withdrawn before, or another process is about to spend it."""

    code = "spent-ticket"

    def __init__(self) -> None:
        super().__init__(
            "the ticket was spent or withdrawn before",
            advice="It was not begun a second time. Look at what has become of it with `mmpctl resume`.",
        )


class OtherHome(TicketRefused):
    """The machine that was asked has another folder of tickets than the one in which the ticket may be spent."""

    code = "other-home"

    def __init__(self, site: str) -> None:
        super().__init__(
            f"another machine of the site {site}, or another folder of runs, has the ticket",
            advice="Have all workers of a site that renews use one folder of --runs, or only one of them --renews.",
        )


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a desk writes down before it sends it, and a site before it begins.

    Args:
        id: 32 digits, lower-case hex, that no other ticket has.
        site: that may spend it.
        work: what is begun: the name of a cluster or of a group of nodes, or of a run that is resumed.
        digest: of the plan that the operator has confirmed.
        inventory: digest of the site's inventory, as the desk has it.
        made: when, by the desk's clock, aware.
        good_seconds: for how long after that it may be spent.
        job: that does the work.
        home: id of the folder of tickets at the site in which it may be spent; empty if that is not known.
    """

    id: str
    site: str
    work: str
    digest: Sha256
    inventory: Sha256
    made: datetime
    good_seconds: int = GOOD_SECONDS
    job: str = DATABASE_CLUSTER
    home: str = ""


@dataclass(frozen=True, slots=True)
class SpendingSite:
    """What a site compares a ticket with.

    Args:
        name: of the site.
        renews: renewals may be begun here.
        inventory: digest of its inventory.
        now: what time it is, aware.
    """

    name: str
    renews: bool
    inventory: Sha256
    now: datetime


def is_id(text: str) -> bool:
    """Return whether a text has the form of a ticket's id.

    Args:
        text: as somebody has typed it.
    """
    return _ID.fullmatch(text) is not None


def checked_id(text: str) -> str:
    """Return the text if it is the id of a ticket: it becomes the name of a folder.

    Args:
        text: from a desk.

    Raises:
        WireError: it is none.
    """
    if not is_id(text):
        raise WireError("the id of a ticket is not 32 digits of lower-case hex")
    return text


def check_renews(site: str, *, renews: bool) -> None:
    """Make sure that a site works with runs at all.

    Args:
        site: its name.
        renews: renewals may be begun here.

    Raises:
        TicketRefused: they may not (code `site-renews-not`).
    """
    if not renews:
        raise TicketRefused(
            f"the site {site} does not renew",
            code="site-renews-not",
            advice="If it is to, start `mmpctl site` there with --renews, and set `renews: true` in the file of sites. "
            "Nothing was begun.",
        )


def check_ticket(ticket: Ticket, site: SpendingSite) -> None:
    """Make sure that a site may spend a ticket, as far as that can be known before any node is looked at.

    Args:
        ticket: from a desk.
        site: that has got it.

    Raises:
        TicketRefused: says why; it was not spent.
        WireError: it cannot be a ticket.
    """
    checked_id(ticket.id)
    check_renews(site.name, renews=site.renews)
    if ticket.site != site.name:
        raise TicketRefused(f"the ticket is for the site {ticket.site}, and this is {site.name}", advice=_AGAIN)
    if ticket.inventory != site.inventory:
        raise TicketRefused(
            f"the inventory of the site {site.name} differs from its part of the desk's",
            code="other-site-inventory",
            advice="Bring the entries of its nodes there, as the inventory at the desk has them. Nothing was begun.",
        )
    check_age(ticket, site.now)


def check_age(ticket: Ticket, now: datetime) -> None:
    """Make sure that a ticket is still good.

    Args:
        ticket: from a desk.
        now: what time it is at the site, aware.

    Raises:
        TicketRefused: it is too old, or from the future.
    """
    if not 0 < ticket.good_seconds <= MOST_SECONDS:
        raise TicketRefused(
            f"the ticket is good for {ticket.good_seconds} seconds, and no site takes one for more than {MOST_SECONDS}",
            advice=_AGAIN,
        )
    age = now - ticket.made
    if age > timedelta(seconds=ticket.good_seconds):
        raise TicketRefused(
            f"the ticket is {age.total_seconds():.0f} seconds old, and was good for {ticket.good_seconds}",
            code="old-ticket",
            advice=f"{_AGAIN} If it happens again, compare the clocks of desk and site.",
        )
    if age < -timedelta(seconds=MOST_SECONDS):
        raise TicketRefused(
            f"by the clock of this site, the ticket was made {-age.total_seconds():.0f} seconds in the future",
            code="old-ticket",
            advice="Correct the clock of the desk or of the site (NTP). Nothing was begun.",
        )
