"""Over how many processes a run is spread: where it pays, and nowhere else."""

from __future__ import annotations

import pytest

from mmpctl.fleet.spread import MOST_PROCESSES, Pace, Spread, cores, shares, spread


def pace(nodes: int, *, cost: float, turn: float, at_once: int = 50, done: int = 10) -> Pace:
    """Ten hosts have ended; one costs so many seconds of a processor, and has its turn for so long."""
    under_way = min(at_once, nodes - done)
    return Pace(done, under_way, nodes - done - under_way, cost * (done + under_way / 2), turn, at_once)


def near(nodes: int, at_once: int = 50) -> Pace:
    """The hosts that are worked on share one core."""
    return pace(nodes, cost=0.02, turn=0.02 * at_once, at_once=at_once)


def far(nodes: int) -> Pace:
    """Lines of 50 ms."""
    return pace(nodes, cost=0.01, turn=2.5)


@pytest.mark.parametrize("nodes", [20, 60, 100])
def test_a_small_fleet_stays_in_one_process(nodes: int) -> None:
    assert spread(near(nodes), 8, may_grow=True) == Spread(1, 50)


def test_a_large_fleet_near_by_takes_the_cores_and_no_further_hosts_at_once() -> None:
    assert spread(near(1000), 2, may_grow=True) == Spread(2, 50)
    assert spread(near(10_000), 8, may_grow=True) == Spread(8, 50)


def test_on_long_lines_further_processes_come_with_further_hosts() -> None:
    assert spread(far(1000), 2, may_grow=True) == Spread(2, 100)


def test_what_a_person_has_said_is_kept() -> None:
    assert spread(far(1000), 2, may_grow=False) == Spread(1, 50), "the processor is not what they wait for"
    assert spread(near(1000), 4, may_grow=False).at_once == 50
    assert spread(near(1000, at_once=3), 8, may_grow=False).processes <= 3


def test_no_more_processes_than_are_measured_or_than_there_are_cores() -> None:
    assert spread(near(100_000), 64, may_grow=True).processes == MOST_PROCESSES
    assert spread(near(100_000), 1, may_grow=True).processes == 1
    assert spread(near(250), 64, may_grow=True).processes <= 4, "each has some work to do"


def test_the_same_work_is_shared_out() -> None:
    assert shares(50, 3) == (17, 17, 16)
    assert shares(2, 3) == (1, 1, 1)
    assert cores() >= 1
