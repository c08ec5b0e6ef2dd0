"""Old tickets take little room, and none of them is ever spent again, whatever the clocks say and whoever dies."""

from __future__ import annotations

import fcntl
import json
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from mmpctl.reach.tickets.old_tickets import KEPT, shrink_old
from mmpctl.reach.tickets.sent_tickets import SentTickets
from mmpctl.reach.tickets.spent_tickets import TicketFolder
from mmpctl.reach.tickets.ticket import Ticket, TicketRefused
from mmpctl.reach.tickets.ticket_state import Standing
from mmpctl.reach.tickets.ticket_traces import end_of
from mmpctl.times import iso_exact
from tests.support.deaths import at_each_death

NOON = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
LATER = NOON + KEPT + timedelta(seconds=1)
CLUSTER = {"name": "osl-prod", "outcome": "renewed", "code": 0, "reason": None, "by_hand": None}
ANSWER = {"code": 0, "answer": {"run": None, "clusters": [CLUSTER]}}


def old(place: Path, number: int = 1, answer: dict[str, Any] | None = None) -> TicketFolder:
    """A ticket that was spent at noon, and has come to its end."""
    folder = TicketFolder.of(place / "runs", f"{number:032x}")
    lock = folder.spend({"verb": "renew", "at": iso_exact(NOON), "request": {}})
    os.close(folder.output())
    folder.begin()
    folder.append_progress("{}" * 1000)
    folder.write_answer(ANSWER if answer is None else answer)
    os.close(lock)
    return folder


def names(folder: TicketFolder) -> set[str]:
    return {path.name for path in folder.path.iterdir()}


def test_an_old_ticket_takes_little_room_and_stays_spent(tmp_path: Path) -> None:
    folder = old(tmp_path)
    before = end_of(tmp_path / "runs", folder)
    shrink_old(tmp_path / "runs", NOON + KEPT - timedelta(seconds=1))
    assert end_of(tmp_path / "runs", folder) == before
    shrink_old(tmp_path / "runs", LATER)
    assert names(folder) == {"ticket.json", "answer.json", "lock", "begun"}
    end = end_of(tmp_path / "runs", folder)
    assert (end.standing, end.code, end.answer) == (Standing.FINISHED, 0, None)
    assert [(one.name, one.outcome, one.code) for one in end.clusters] == [("osl-prod", "renewed", 0)]
    with pytest.raises(TicketRefused, match="was spent or withdrawn before"):
        folder.spend({"verb": "renew"})
    with pytest.raises(TicketRefused):
        folder.begin()
    assert not folder.withdraw()
    shrink_old(tmp_path / "runs", LATER)
    assert end_of(tmp_path / "runs", folder) == end


@pytest.mark.parametrize("clock", [NOON - timedelta(days=4000), NOON, LATER, NOON + timedelta(days=40000)])
def test_no_clock_has_a_ticket_spent_again(tmp_path: Path, clock: datetime) -> None:
    spent, withdrawn = old(tmp_path), TicketFolder.of(tmp_path / "runs", "0b" * 16)
    withdrawn.withdraw()
    shrink_old(tmp_path / "runs", LATER)
    shrink_old(tmp_path / "runs", clock)
    for folder in (spent, withdrawn):
        with pytest.raises(TicketRefused):
            folder.spend({"verb": "renew"})
    assert end_of(tmp_path / "runs", withdrawn).standing is Standing.WITHDRAWN


@pytest.mark.parametrize(
    ("answer", "standing", "error"),
    [
        ({"code": 5, "error": "the ticket is old"}, Standing.ENDED, "the ticket is old"),
        (ANSWER, Standing.FINISHED, None),
    ],
)
def test_how_it_ended_is_told_for_ever(
    tmp_path: Path, answer: dict[str, Any], standing: Standing, error: str | None
) -> None:
    folder = old(tmp_path, answer=answer)
    shrink_old(tmp_path / "runs", LATER)
    end = end_of(tmp_path / "runs", folder)
    assert (end.standing, end.code, end.error) == (standing, answer["code"], error)


def test_what_is_at_work_or_cannot_be_read_stays_as_it_is(tmp_path: Path) -> None:
    at_work, broken = old(tmp_path, 1), old(tmp_path, 2)
    held = os.open(at_work.path / "lock", os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    (broken.path / "ticket.json").write_text("{")
    before = [names(one) for one in (at_work, broken)]
    shrink_old(tmp_path / "runs", LATER)
    os.close(held)
    assert [names(one) for one in (at_work, broken)] == before


def test_whoever_dies_on_the_way_leaves_a_ticket_that_is_spent(tmp_path: Path) -> None:
    made: list[TicketFolder] = []

    def begin() -> None:
        shrink_old(tmp_path / "runs", LATER)

    def check() -> None:
        for folder in made:
            end = end_of(tmp_path / "runs", folder)
            told = (end.answer or {}).get("clusters") or [{"outcome": one.outcome} for one in end.clusters]
            assert end.code == 0 and told[0]["outcome"] == "renewed"
            with pytest.raises(TicketRefused):
                folder.spend({"verb": "renew"})
        made.append(old(tmp_path, len(made) + 1))

    made.append(old(tmp_path, 1))
    at_each_death(begin, check)


def test_a_desk_forgets_old_tickets_whose_end_it_knows(tmp_path: Path) -> None:
    sent = SentTickets.of(tmp_path / "runs")

    def ticket(number: int, made: datetime) -> Ticket:
        one = Ticket(f"{number:032x}", "oslo", "osl-prod", "ab" * 32, "cd" * 32, made)
        sent.write(one)
        return one

    known, unknown = ticket(1, NOON), ticket(2, NOON)
    sent.settle(known, {"standing": "withdrawn"})
    fresh = ticket(3, LATER)
    sent.forget_old(LATER)
    assert sent.find(known.id) is None and sent.open() == (unknown, fresh)
    assert not list(sent.path.glob(f"{known.id}*"))
    # One that died on the way leaves an end without its ticket.
    (sent.path / f"{known.id}.ended.json").write_text(json.dumps({}))
    sent.forget_old(LATER)
    assert not list(sent.path.glob(f"{known.id}*")) and unknown in sent.open()
