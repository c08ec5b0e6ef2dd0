"""A ticket is taken by its own site only, for the inventory and the time that it was made for; all by data."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmpctl.errors import MmpError
from mmpctl.reach.tickets.ticket import MOST_SECONDS, SpendingSite, Ticket, TicketRefused, check_ticket
from mmpctl.reach.tickets.ticket_state import Standing, Traces, standing_of
from mmpctl.reach.wire import WireError
from mmpctl.runs.state import RunState
from tests.support.gate import examples

NOON = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
TICKET = Ticket("0a" * 16, "oslo", "osl-prod", "ab" * 32, "cd" * 32, NOON)
SITE = SpendingSite("oslo", True, "cd" * 32, NOON + timedelta(seconds=5))


def later(seconds: float) -> SpendingSite:
    return replace(SITE, now=NOON + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [0, 1, 120, -300])
def test_a_fresh_ticket_of_the_site_is_taken(seconds: float) -> None:
    check_ticket(TICKET, later(seconds))
    with pytest.raises(TicketRefused):
        check_ticket(replace(TICKET, site="bergen"), later(seconds))


@pytest.mark.parametrize(
    ("ticket", "site", "code", "told"),
    [
        ({}, {"renews": False}, "site-renews-not", "the site oslo does not renew"),
        ({}, {"name": "bergen"}, "ticket", "the ticket is for the site oslo, and this is bergen"),
        ({}, {"inventory": "ee" * 32}, "other-site-inventory", "the inventory of the site oslo differs"),
        ({}, {"now": NOON + timedelta(seconds=121)}, "old-ticket", "the ticket is 121 seconds old"),
        ({}, {"now": NOON + timedelta(days=400)}, "old-ticket", "the ticket is 34560000 seconds old"),
        ({}, {"now": NOON - timedelta(seconds=301)}, "old-ticket", "the ticket was made 301 seconds in the future"),
        ({"good_seconds": 301}, {}, "ticket", "no site takes one for more than 300"),
        ({"good_seconds": 0}, {}, "ticket", "the ticket is good for 0 seconds"),
        ({"good_seconds": -5}, {}, "ticket", "the ticket is good for -5 seconds"),
        ({"good_seconds": 3}, {}, "old-ticket", "the ticket is 5 seconds old, and was good for 3"),
    ],
)
def test_why_a_ticket_is_refused(ticket: dict[str, Any], site: dict[str, Any], code: str, told: str) -> None:
    with pytest.raises(TicketRefused, match=told) as refused:
        check_ticket(replace(TICKET, **ticket), replace(SITE, **site))
    assert refused.value.code == code
    assert "Nothing was begun." in refused.value.advice


@pytest.mark.parametrize("id_", ["", "..", "../" * 8, "0A" * 16, "0a" * 15, "0a" * 16 + "\n", "/" + "0" * 31])
def test_what_is_no_id_is_no_name_of_a_folder_either(id_: str) -> None:
    with pytest.raises(WireError, match="the id of a ticket"):
        check_ticket(replace(TICKET, id=id_), SITE)


@given(age=st.floats(-1e6, 1e6), good=st.integers(-1000, 1000))
@examples(200)
def test_no_ticket_is_taken_after_its_age_whatever_it_says_of_itself(age: float, good: int) -> None:
    try:
        check_ticket(replace(TICKET, good_seconds=good), later(age))
    except MmpError as error:
        assert error.code in ("ticket", "old-ticket")
    else:
        assert -MOST_SECONDS <= age <= good <= MOST_SECONDS


@pytest.mark.parametrize(
    ("traces", "standing"),
    [
        (Traces(False), Standing.WITHDRAWN),
        (Traces(True, is_held=True), Standing.RUNNING),
        # The answer is written before the process ends, and may be followed by more.
        (Traces(True, is_held=True, answered=True), Standing.RUNNING),
        (Traces(True, is_held=True, run=RunState.FINISHED), Standing.RUNNING),
        (Traces(True), Standing.NOT_BEGUN),
        (Traces(True, answered=True), Standing.ENDED),
        (Traces(True, answered=True, run=RunState.UNFINISHED), Standing.ENDED),
        (Traces(True, run=RunState.UNFINISHED), Standing.INTERRUPTED),
        (Traces(True, run=RunState.DAMAGED), Standing.INTERRUPTED),
        (Traces(True, run=RunState.FINISHED), Standing.FINISHED),
        (Traces(True, run=RunState.CLOSED), Standing.FINISHED),
    ],
)
def test_what_has_become_of_a_ticket(traces: Traces, standing: Standing) -> None:
    assert standing_of(traces) is standing
