"""A node is looked at again soon where its operation should end, seldom elsewhere, and never faster than it answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmpctl.tasks.pace import LONGEST, SHORTEST, Lengths, Pace, pause, pause_without_a_node

SECONDS = st.floats(0, 5000)
LENGTHS = st.none() | st.floats(0.1, 3000)
TRIPS = st.floats(0, 10)


def looks(expected: float | None, trip: float, end: float) -> Iterator[float]:
    """When a node is looked at whose operation ends then: up to the look that shows it."""
    now = 0.0
    while now < end:
        yield now
        now += trip + pause(now + trip, expected, trip)
    yield now


@given(SECONDS, LENGTHS, TRIPS)
def test_never_faster_than_the_node_answers_and_never_seldom(
    elapsed: float, expected: float | None, trip: float
) -> None:
    length = pause(elapsed, expected, trip)
    assert max(SHORTEST, trip) <= length <= max(LONGEST, trip)


@given(st.floats(0.1, 2000), LENGTHS)
def test_the_end_is_never_noticed_later_than_a_twentieth_of_it(end: float, expected: float | None) -> None:
    *_, noticed = looks(expected, 0.0, end)
    assert noticed - end <= max(SHORTEST, min(end / 20, LONGEST)) + 1e-6


@given(st.floats(1, 600), st.floats(0.8, 1.25), st.floats(0, 0.5))
def test_the_end_is_noticed_at_once_where_it_is_expected(expected: float, share: float, trip: float) -> None:
    end = expected * share
    *_, noticed = looks(expected, trip, end)
    # The look before may have been under way when it ended.
    assert noticed - end <= max(SHORTEST, expected / 100, trip) + trip + 1e-6


@given(SECONDS, st.floats(0.1, 3000), TRIPS)
def test_a_guess_never_makes_a_look_later(elapsed: float, expected: float, trip: float) -> None:
    assert pause(elapsed, expected, trip) <= pause(elapsed, None, trip)


@pytest.mark.parametrize("expected", [None, 1.0, 10.0, 60.0])
def test_a_node_that_takes_half_an_hour_is_not_worn_out(expected: float | None) -> None:
    # Every two seconds would be 900.
    assert len(list(looks(expected, 0.0, 1800))) < 1100


def test_a_node_that_cannot_be_reached_is_tried_less_often() -> None:
    for elapsed in (0.1, 1.0, 5.0, 15.0, 100.0):
        assert pause(elapsed, None, 0) <= pause_without_a_node(elapsed) <= LONGEST


def test_a_run_learns_from_its_own_operations_by_kind() -> None:
    lengths = Lengths()
    first = Pace("remove", lengths)
    assert first.pause(9.0, 0.0) == pytest.approx(0.45)
    first.ended(9.5)
    assert Pace("remove", lengths).pause(9.0, 0.0) == pytest.approx(0.095)
    other = Pace("join", lengths)
    assert other.pause(9.0, 0.0) == pytest.approx(0.095)
    other.ended(30.0)
    assert other.pause(29.0, 0.0) == pytest.approx(0.3)
    assert Pace("remove", lengths).pause(9.0, 0.0) == pytest.approx(0.095)
    assert Pace("remove").pause(9.0, 0.0) == pytest.approx(0.45)
