"""A laptop that sleeps while it renews: deadlines go by two clocks, and nothing is sent on an old look."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from mmpctl.cluster.step import Step
from mmpctl.cluster.step_kinds import ActionName
from mmpctl.display.events import Seen, Silent
from mmpctl.renewal.context import Watch
from mmpctl.renewal.limits import Limits
from mmpctl.runbooks import resume
from mmpctl.runs.folder import RunFolder
from tests.support.fleet import DATABASES, KEEPER, LIMITS, nornir, renewed
from tests.support.lab import Lab

HALF_AN_HOUR = 1800.0


class Sleeper(Silent):
    """Lets the machine sleep, once, for half an hour."""

    def __init__(self) -> None:
        self.slept = 0.0

    def clock(self) -> float:
        return time.monotonic() + self.slept

    def sleep(self) -> None:
        self.slept = HALF_AN_HOUR


class AsleepDuringRemove(Sleeper):
    """Falls asleep when the keeper, which leaves alone, shows that it works."""

    def saw(self, cluster: str, node: str, shown: Seen) -> None:
        if node == KEEPER:
            self.sleep()


class AsleepBeforeRemove(Sleeper):
    """Falls asleep after the cluster was looked at, right before the keeper is told to leave."""

    def begins(self, cluster: str, step: Step) -> None:
        if step.action == ActionName.REMOVE and step.node == KEEPER:
            self.sleep()


def asleep(sleeper: Sleeper, patch: pytest.MonkeyPatch) -> Sleeper:
    patch.setattr("mmpctl.moment.lasting_clock", sleeper.clock)
    return sleeper


def test_an_operation_that_ended_during_the_sleep_is_seen(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = lab("expired", remove_seconds=0.3)
    rows = fleet.nodes[KEEPER].rows
    limits = Limits(operation=60, accept=3)
    report = renewed(fleet, tmp_path, progress=asleep(AsleepDuringRemove(), monkeypatch), limits=limits)
    assert (report.code, report.clusters[0].outcome) == (0, "renewed"), report
    assert all(fleet.nodes[name].rows == rows for name in DATABASES)
    assert len(fleet.log.select("accepted")) == len({(one.node, one.text) for one in fleet.log.select("accepted")})


def test_nothing_is_sent_on_a_look_of_before_the_sleep(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = lab("expired")
    report = renewed(fleet, tmp_path, progress=asleep(AsleepBeforeRemove(), monkeypatch))
    outcome = report.clusters[0]
    assert (outcome.outcome, outcome.code) == ("stopped", 6), outcome
    assert "this machine may have slept" in (outcome.reason or "")
    assert not fleet.log.select("command", node=KEEPER, text="remove")

    assert report.folder is not None
    again = resume.run(nornir(fleet), RunFolder(report.folder), watch=Watch(limits=LIMITS))
    assert (again.code, again.clusters[0].outcome) == (0, "renewed"), again
