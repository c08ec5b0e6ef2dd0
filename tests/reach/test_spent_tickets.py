"""A ticket is spent once, whoever comes at the same time and whoever dies on the way; withdrawn, it is never spent."""

from __future__ import annotations

import fcntl
import os
import resource
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mmpctl.errors import UsageError
from mmpctl.reach.tickets.spent_tickets import TicketFolder
from mmpctl.reach.tickets.ticket import TicketRefused
from mmpctl.reach.wire import WireError
from tests.support.deaths import at_each_death

ID = "0a" * 16
TOLD = {"verb": "renew", "work": "lon-prod"}


@pytest.fixture
def ticket(tmp_path: Path) -> TicketFolder:
    return TicketFolder.of(tmp_path / "runs", ID)


def test_a_ticket_is_spent_once(ticket: TicketFolder) -> None:
    assert not ticket.is_spent() and not ticket.is_held()
    lock = ticket.spend(TOLD)
    assert ticket.is_spent() and ticket.is_held() and ticket.told() == TOLD
    with pytest.raises(TicketRefused, match="was spent or withdrawn before"):
        ticket.spend({"verb": "renew", "work": "other"})
    os.close(lock)
    assert not ticket.is_held()
    with pytest.raises(TicketRefused):
        ticket.spend(TOLD)
    assert ticket.is_spent() and ticket.told() == TOLD and not ticket.withdraw()
    assert not ticket.is_held(), "whoever was refused holds nothing"


def test_what_is_withdrawn_is_never_spent(ticket: TicketFolder) -> None:
    assert ticket.withdraw() and ticket.withdraw()
    with pytest.raises(TicketRefused):
        ticket.spend(TOLD)
    assert not ticket.is_spent() and not ticket.is_held()


def test_of_many_who_come_at_once_one_has_it(ticket: TicketFolder) -> None:
    came = threading.Barrier(8)
    spent, withdrawn = [], []

    def come(number: int) -> None:
        came.wait()
        try:
            if number % 2:
                spent.append(ticket.spend({"number": number}))
            elif ticket.withdraw():
                withdrawn.append(number)
        except TicketRefused:
            pass

    threads = [threading.Thread(target=come, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(spent) == ticket.is_spent() and bool(spent) != bool(withdrawn)
    for lock in spent:
        os.close(lock)


@pytest.mark.parametrize("act", ["spend", "withdraw"])
def test_whoever_dies_on_the_way_leaves_a_ticket_that_is_whole_or_none(tmp_path: Path, act: str) -> None:
    number = iter(range(1000))
    made: list[TicketFolder] = []

    def begin() -> None:
        if act == "spend":
            made[-1].spend(TOLD)
        else:
            made[-1].withdraw()

    def fresh() -> TicketFolder:
        return TicketFolder.of(tmp_path / "runs", f"{next(number):032x}")

    def left() -> None:
        before = made[-1].told()
        assert before in (None, TOLD if act == "spend" else {"withdrawn": True})
        # Whoever looks afterwards makes sure, one way or the other.
        assert made[-1].withdraw() == (before != TOLD)
        assert not made[-1].is_held(), "the lock has ended with its process"
        with pytest.raises(TicketRefused):
            made[-1].spend({"verb": "renew", "work": "again"})
        made.append(fresh())

    made.append(fresh())
    assert at_each_death(begin, left) > 5


def test_the_lock_passes_to_another_process_without_being_free(ticket: TicketFolder) -> None:
    lock = ticket.spend(TOLD)
    child = os.fork()
    if child == 0:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.read(os.open(ticket.path / "go", os.O_RDONLY), 1)
        os._exit(0)
    try:
        os.mkfifo(ticket.path / "go")
        os.close(lock)
        assert ticket.is_held()
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert not ticket.is_held()


def test_progress_is_read_from_any_line_on_and_only_whole_lines(ticket: TicketFolder) -> None:
    os.close(ticket.spend(TOLD))
    assert list(ticket.progress(0)) == []
    for text in ("a", "b", "c"):
        ticket.append_progress(text)
    with (ticket.path / "progress.jsonl").open("a") as file:
        file.write("half")
    assert list(ticket.progress(0)) == ["a", "b", "c"] and list(ticket.progress(2)) == ["c"]
    assert list(ticket.progress(3)) == list(ticket.progress(9)) == []


@pytest.mark.parametrize(
    ("asks", "told"), [((), (False, False)), ((False,), (True, False)), ((False, True, False), (True, True))]
)
def test_a_wish_to_stop_is_not_taken_back(
    ticket: TicketFolder, asks: tuple[bool, ...], told: tuple[bool, bool]
) -> None:
    os.close(ticket.spend(TOLD))
    for insist in asks:
        ticket.ask_to_stop(insist=insist)
    assert ticket.asked_to_stop() == told


def test_progress_that_cannot_be_written_holds_up_nobody(ticket: TicketFolder) -> None:
    os.close(ticket.spend(TOLD))
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limit[1]))
    try:
        ticket.append_progress("no room for it")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    ticket.append_progress("room again")
    assert list(ticket.progress(0)) == ["room again"]


@pytest.mark.parametrize("spent", [True, False])
def test_what_has_become_of_a_ticket_is_told_on_a_full_disk_too(ticket: TicketFolder, spent: bool) -> None:
    if spent:
        os.close(ticket.spend(TOLD))
    else:
        ticket.withdraw()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limit[1]))
    try:
        assert ticket.withdraw() is not spent
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)


def test_what_the_process_said_last_is_kept(ticket: TicketFolder) -> None:
    os.close(ticket.spend(TOLD))
    assert ticket.last_said() == ""
    with os.fdopen(ticket.output(), "w") as file:
        file.write("begins\n\nlast word \n")
    assert ticket.last_said() == "last word"


@pytest.mark.parametrize("id_", ["../escape", "", "a/b"])
def test_only_an_id_becomes_a_folder(tmp_path: Path, id_: str) -> None:
    with pytest.raises(WireError):
        TicketFolder.of(tmp_path / "runs", id_)


@pytest.mark.parametrize("act", [lambda one: one.spend(TOLD), lambda one: one.withdraw()])
def test_what_cannot_be_written_down_is_not_spent(ticket: TicketFolder, act: Callable[[TicketFolder], object]) -> None:
    ticket.path.parent.write_text("a file in the place of the folder")
    with pytest.raises(UsageError, match="cannot be written down"):
        act(ticket)
