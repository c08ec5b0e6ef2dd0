"""Nothing is slept through: whoever waits is woken by the wish to wait no longer, and by the end of the connection."""

from __future__ import annotations

import sys

import pytest
from nornir.core.task import Task

from mmpctl import tasks
from mmpctl.cluster.status import DatabaseStatus
from mmpctl.errors import MmpError, OutcomeUnknown
from mmpctl.tasks.awaited import Awaited, NotSeen
from mmpctl.tasks.pace import Pace
from mmpctl.tasks.status import seen_status
from tests.support.children import PATIENCE_SECONDS
from tests.support.fleet import nornir
from tests.support.lab import Lab


class Rarely(Pace):
    """The next look is long after the test has failed."""

    def pause(self, elapsed: float, trip: float) -> float:
        return 100 * PATIENCE_SECONDS


class SecondLook(Awaited[DatabaseStatus]):
    """Ends with the second look that comes about."""

    command = "database cluster remove"

    def __init__(self) -> None:
        self.looks = 0

    def read(self, task: Task) -> DatabaseStatus:
        status = seen_status(task)
        self.looks += 1
        return status

    def reached(self, state: DatabaseStatus) -> bool:
        return self.looks == 2

    def untouched(self, state: DatabaseStatus) -> bool:
        return False

    def failed(self, state: DatabaseStatus) -> MmpError | None:
        return None

    def told(self, state: DatabaseStatus) -> str:
        return state.status


def test_who_waits_no_longer_is_heeded_before_the_next_look_is_due(lab: Lab) -> None:
    asked: list[bool] = []

    def give_up() -> bool:
        asked.append(len(asked) > 0)
        return asked[-1]

    third = type("Third", (SecondLook,), {"reached": lambda self, state: self.looks == 3})()
    nr = nornir(lab("healthy")).filter(name="lon-2")
    result = nr.run(task=tasks.wait_for_state, awaited=third, give_up=give_up, pace=Rarely())["lon-2"][0]
    assert isinstance(result.exception, OutcomeUnknown) and third.looks == 2


def test_the_end_of_the_connection_is_followed_by_a_look(lab: Lab) -> None:
    fleet, node = lab("healthy"), "lon-2"
    awaited = SecondLook()
    asked: list[int] = []

    def cut() -> bool:
        asked.append(awaited.looks)
        # The first time it is asked after the look, then while nothing is done.
        if len(asked) == 2:
            fleet.take_down(node)
            fleet.bring_up(node)
        return False

    nr = nornir(fleet).filter(name=node)
    result = nr.run(task=tasks.wait_for_state, awaited=awaited, give_up=cut, pace=Rarely())[node][0]
    assert result.exception is None and awaited.looks == 2
    assert len(fleet.log.select("connect", node=node)) == 2


def test_a_node_that_stays_away_is_told_once_and_what_it_shows_when_it_is_back(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    # For up to half an hour, the last that was told of a node was what it had shown before it went away.
    monkeypatch.setattr(sys.modules["mmpctl.tasks.wait_for_state"], "UNSEEN_SECONDS", 0.0)
    fleet, node, told = lab("healthy"), "lon-2", list[str]()

    def cut() -> bool:
        if told == ["Enabled"]:
            told.append("down")
            fleet.take_down(node)
        return False

    def seen(name: str, shown: DatabaseStatus | NotSeen) -> None:
        if isinstance(shown, NotSeen):
            told.append(f"{name}: {shown.brief}")
            fleet.bring_up(node)
        else:
            told.append(shown.status)

    nr = nornir(fleet).filter(name=node)
    wait = tasks.wait_for_state
    result = nr.run(task=wait, awaited=SecondLook(), give_up=cut, pace=Rarely(), seen=seen)[node][0]
    assert result.exception is None
    assert [told[0], told[1], told[3:]] == ["Enabled", "down", ["Enabled"]]
    assert told[2].startswith("lon-2: no answer: ") and told[2].endswith("it is looked at again")
