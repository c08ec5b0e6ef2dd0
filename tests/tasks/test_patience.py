"""Deadlines by two clocks: a machine that slept looks again before it concludes anything."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from mmpctl.moment import Moment
from mmpctl.tasks.patience import AWAKE_SECONDS, Looks, Patience


@dataclass
class Clocks:
    """Two clocks that stand still until they are moved."""

    steady: float = 1000.0
    lasting: float = 50_000.0

    def work(self, seconds: float) -> None:
        self.steady += seconds
        self.lasting += seconds

    def sleep(self, seconds: float) -> None:
        self.lasting += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    both = Clocks()
    monkeypatch.setattr("mmpctl.moment.steady_clock", lambda: both.steady)
    monkeypatch.setattr("mmpctl.moment.lasting_clock", lambda: both.lasting)
    return both


def test_a_moment_ages_by_the_clock_that_counts_more(clocks: Clocks) -> None:
    then = Moment.now()
    clocks.work(5)
    assert (then.age(), then.slept()) == (5, False)
    clocks.sleep(1800)
    assert (then.age(), then.slept()) == (1805, True)


def test_a_calendar_that_is_set_back_makes_nothing_younger(clocks: Clocks) -> None:
    then = Moment.now()
    clocks.work(60)
    clocks.sleep(-3600)
    assert (then.age(), then.slept()) == (60, False)


def test_awake_all_the_time(clocks: Clocks) -> None:
    patience = Patience(30)
    clocks.work(30)
    assert not patience.is_over(looked=True)
    clocks.work(1)
    assert patience.is_over(looked=False)
    assert not patience.woke()


def test_after_a_sleep_the_node_is_looked_at_first(clocks: Clocks) -> None:
    patience = Patience(1800)
    clocks.sleep(3600)
    assert not patience.is_over(looked=True), "what was seen may be from before the sleep"
    assert patience.woke()
    assert not patience.woke()
    assert not patience.is_over(looked=False), "the session of before is gone: that proves nothing"
    assert patience.is_over(looked=True)
    assert patience.elapsed == 3600


def test_after_a_sleep_a_node_that_stays_silent_is_not_awaited_for_ever(clocks: Clocks) -> None:
    patience = Patience(1800)
    clocks.sleep(3600)
    assert patience.woke()
    clocks.work(AWAKE_SECONDS + 1)
    assert patience.is_over(looked=False)


@pytest.mark.parametrize(("looks", "lasted"), [(2, False), (3, True), (4, True)])
def test_enough_looks_in_a_row(looks: int, lasted: bool) -> None:
    seen = Looks()
    for number in range(looks):
        seen.add(True, 100.0 + number)
    assert seen.lasted(60, 161.0) is lasted
    assert not seen.lasted(60, 159.0)
    seen.add(False, 162.0)
    assert not seen.lasted(0, 1000.0)
