"""How many hosts have their turn, and who gets one that is free."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

from mmpctl.device.waiting import while_waiting
from mmpctl.fleet.turns import Turns
from tests.support.children import PATIENCE_SECONDS
from tests.support.lab_client import until


class Fleet:
    """Counts the turns that are free; a host is a thread that does as it is told."""

    def __init__(self, limit: int, spare: int = 10) -> None:
        self.free = 0
        self.turns = Turns(limit, spare, self._one_more)
        self.turns.open()

    def _one_more(self) -> None:
        self.free += 1

    def host(self) -> Host:
        assert self.free, "nobody asked for a further host"
        self.free -= 1
        return Host(self.turns)


class Host:
    def __init__(self, turns: Turns) -> None:
        self.at = ""
        self._turns = turns
        self._orders: SimpleQueue[str] = SimpleQueue()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def order(self, *words: str) -> None:
        for word in words:
            self._orders.put(word)

    def is_at(self, place: str) -> None:
        until(lambda: self.at == place, f"a host at {place!r}")

    def ends(self) -> None:
        self.order("end")
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()

    def _live(self) -> None:
        with self._turns.taken():
            self.at = "work"
            while self._orders.get() == "wait":
                with while_waiting.get()():
                    self.at = "waiting"
                    self._orders.get()
                    self.at = "back?"
                self.at = "work"


def test_as_many_hosts_come_as_there_are_turns() -> None:
    fleet = Fleet(2)
    first, second = fleet.host(), fleet.host()
    assert fleet.free == 0
    for one in (first, second):
        one.is_at("work")
        one.ends()
    assert fleet.free == 2


def test_a_host_that_waits_lends_its_turn_and_gets_the_next_one_before_any_new_host() -> None:
    fleet = Fleet(1)
    slow = fleet.host()
    slow.order("wait")
    slow.is_at("waiting")
    other = fleet.host()
    other.is_at("work")
    slow.order("greeted")
    slow.is_at("back?")
    other.ends()
    slow.is_at("work")
    assert fleet.free == 0, "a new host was let in before the one that came back"
    slow.ends()
    assert fleet.free == 1


def test_a_turn_that_no_further_host_takes_holds_up_nobody_who_comes_back() -> None:
    fleet = Fleet(1)
    slow = fleet.host()
    slow.order("wait")
    slow.is_at("waiting")
    assert fleet.free == 1
    slow.order("greeted")
    slow.is_at("work")
    late = fleet.host()
    slow.ends()
    late.is_at("work")
    late.ends()


def test_so_many_are_waited_for_and_no_more() -> None:
    fleet = Fleet(1, spare=1)
    first = fleet.host()
    first.order("wait")
    first.is_at("waiting")
    second = fleet.host()
    second.order("wait")
    second.is_at("waiting")
    assert fleet.free == 0, "a third one would be waited for"
    first.order("greeted")
    first.is_at("work")
    first.ends()
    assert fleet.free == 1
    second.order("greeted")
    second.ends()


def test_fewer_turns_hold_from_the_next_host_on() -> None:
    fleet = Fleet(2)
    first, second = fleet.host(), fleet.host()
    fleet.turns.limit_to(1)
    first.is_at("work")
    second.is_at("work")
    first.ends()
    assert fleet.free == 0
    second.ends()
    assert fleet.free == 1
    check: Callable[[int], None] = fleet.turns.limit_to
    check(3)
    assert fleet.free == 3
