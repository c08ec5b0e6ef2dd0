"""A Call Bridge restarts only if its calls are few enough right before: counted again each time, and never guessed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mmpctl.cluster.step import Step
from mmpctl.display.events import Silent
from mmpctl.errors import MmpError
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import deployment
from mmpctl.renewal.context import Watch
from mmpctl.runs.ending import Ending
from tests.support.lab import Lab
from tests.support.lab_client import Client
from tests.support.service_runs import LIMITS, leaf_in_use, new_leaf, renewed, resumed, told

NODES = ("lon-1", "lon-2")
FIRST = frozenset({"lon-1"})


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMP_API_USERNAME", "admin")
    monkeypatch.setenv("MMP_API_PASSWORD", "Example-123")


class After(Silent):
    """Does something once a step has ended."""

    def __init__(self, action: str, act: Callable[[], object]) -> None:
        self._action = action
        self._act = act

    def ends(self, unit: str, step: Step, error: MmpError | None) -> None:
        if step.action == self._action:
            self._act()


def with_calls(fleet: Fleet, calls: int, *nodes: str) -> None:
    for node in nodes or NODES:
        fleet.nodes[node].services["callbridge"].busy = calls


def uses_old_files(fleet: Fleet, node: str) -> bool:
    return leaf_in_use(fleet, node, "callbridge") != new_leaf(fleet, node, "callbridge")


@pytest.mark.gate
def test_few_calls_are_enough(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    with_calls(fleet, 3)
    report = renewed(fleet, tmp_path, "callbridge", max_calls=3)
    assert [one.outcome for one in report.clusters] == [Ending.RENEWED], report.clusters[0].reason
    assert [line.split()[:3:2] for line in told(fleet, "callbridge")] == [
        [node, command] for node in NODES for command in ("certs", "restart")
    ]
    # Each is counted when it is planned, and before each of the two commands.
    assert len(counted(fleet)) == 6


def test_too_many_calls_are_told_before_anything_is_begun(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    with_calls(fleet, 0, "lon-1")
    [group] = renewed(fleet, tmp_path, "callbridge", max_calls=0).clusters
    assert group.outcome is Ending.REFUSED and told(fleet, "callbridge") == []
    assert group.reason == (
        "callbridge of lon-2 restarts, and its calls drop: 12 calls are on it now, and --max-calls allows 0. Give the "
        "command again when there are fewer. If they may drop, say so with --drop-calls lon-2"
    )


def test_calls_that_come_before_the_restart_keep_it_off_and_lose_nothing(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    with_calls(fleet, 0)
    watch = Watch(After("certs", lambda: with_calls(fleet, 9)), limits=LIMITS)
    report = renewed(fleet, tmp_path, "callbridge", max_calls=0, only=FIRST, watch=watch)
    [group] = report.clusters
    assert group.outcome is Ending.STOPPED and group.reason is not None
    assert "callbridge of lon-1 is not restarted: 9 calls are on it, and 0 may drop" in group.reason
    assert [line.split()[2] for line in told(fleet, "callbridge")] == ["certs", "certs"]
    assert fleet.lost.get("callbridge", 0) == 0 and uses_old_files(fleet, "lon-1")
    assert fleet.nodes["lon-1"].services["callbridge"].names["certificate"] == "callbridge.cer"
    with_calls(fleet, 0)
    assert [one.outcome for one in resumed(fleet, tmp_path).clusters] == [Ending.RENEWED]
    assert not uses_old_files(fleet, "lon-1")


@pytest.mark.gate
def test_a_rest_api_that_is_away_for_a_moment_is_asked_again(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment(calls=0), service_away_seconds=0.6)
    watch = Watch(After("verify", lambda: typed(fleet, "webadmin restart")), limits=LIMITS)
    report = renewed(fleet, tmp_path, "callbridge", max_calls=0, only=FIRST, watch=watch)
    assert [one.outcome for one in report.clusters] == [Ending.RENEWED], report.clusters[0].reason


def test_a_count_that_cannot_be_had_restarts_nothing(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment(calls=0))
    limits = replace(LIMITS, settle=0.3)
    watch = Watch(After("verify", lambda: typed(fleet, "webadmin disable")), limits=limits)
    [group] = renewed(fleet, tmp_path, "callbridge", max_calls=0, only=FIRST, watch=watch).clusters
    assert group.outcome is Ending.STOPPED and told(fleet, "callbridge") == []
    assert group.reason is not None and "it is not known how many calls are on it (the REST API at" in group.reason


@pytest.mark.gate
def test_calls_that_may_drop_are_not_counted(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    report = renewed(fleet, tmp_path, "callbridge", max_calls=0, only=FIRST, drop_calls=FIRST)
    assert [one.outcome for one in report.clusters] == [Ending.RENEWED]
    assert "lon-1" not in counted(fleet)


@pytest.mark.gate
def test_a_refused_account_is_not_tried_again(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMP_API_PASSWORD__LON_1", "wrong")
    fleet = lab(deployment(calls=0))
    [group] = renewed(fleet, tmp_path, "callbridge", max_calls=0, only=FIRST).clusters
    assert group.outcome is Ending.REFUSED and group.reason is not None and "refuses the account" in group.reason
    assert [event.node for event in fleet.log.select("api")].count("lon-1") == 1


@pytest.mark.gate
def test_without_an_account_the_operator_is_asked_as_before(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MMP_API_USERNAME")
    fleet = lab(deployment(calls=0))
    [group] = renewed(fleet, tmp_path, "callbridge", max_calls=0, only=FIRST).clusters
    assert group.outcome is Ending.REFUSED and group.reason is not None
    assert "there is no account for its REST API: set MMP_API_USERNAME and MMP_API_PASSWORD" in group.reason
    assert "--drop-calls lon-1" in group.reason and not fleet.log.select("api")


def counted(fleet: Fleet) -> list[str]:
    """The nodes that were asked for their calls, each time."""
    return [event.node for event in fleet.log.select("api") if event.text.endswith("/system/status")]


def typed(fleet: Fleet, command: str) -> None:
    with Client(fleet, "lon-1") as client:
        client.run(command)
