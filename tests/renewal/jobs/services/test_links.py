"""After its change, the peers of a service are connected again: who was before, and as far as anybody tells it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mmpctl.cluster.step import Step
from mmpctl.display.events import Silent
from mmpctl.errors import MmpError
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import deployment
from mmpctl.renewal.context import Watch
from mmpctl.runbooks.renew import RenewReport
from mmpctl.runs.ending import Ending
from mmpctl.runs.journal import read
from tests.support.lab import Lab
from tests.support.lab_client import Client
from tests.support.service_runs import LIMITS, leaf_in_use, new_leaf, renewed, resumed, told

EDGE = frozenset({"lon-edge-1"})


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMP_API_USERNAME", "admin")
    monkeypatch.setenv("MMP_API_PASSWORD", "Example-123")


class Person(Silent):
    """Does something once a step has ended, and something else when a run tells that it waits."""

    def __init__(self, action: str, act: Callable[[], object], heal: Callable[[], object] = lambda: None) -> None:
        self._action, self._act, self._heal = action, act, heal
        self.notes: list[str] = []

    def ends(self, unit: str, step: Step, error: MmpError | None) -> None:
        if step.action == self._action:
            self._act()

    def note(self, unit: str, text: str) -> None:
        self.notes.append(text)
        if text.startswith("waiting until the peers"):
            self._heal()


def links_of(report: RenewReport) -> list[dict[str, Any]]:
    """What each proof left in the journal about peers."""
    assert report.folder is not None
    records = read(report.folder / "journal.jsonl", report.folder.name).records
    return [one.detail["links"] for one in records if one.detail and "links" in one.detail and one.result == "done"]


def uses_old_files(fleet: Fleet, service: str, pair: str = "") -> bool:
    return leaf_in_use(fleet, "lon-edge-1", service, pair) != new_leaf(fleet, "lon-edge-1", service, pair)


def test_every_call_bridge_is_asked_for_a_web_bridge(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    report = renewed(fleet, tmp_path, "webbridge3", only=EDGE)
    assert [one.outcome for one in report.clusters] == [Ending.RENEWED], report.clusters[0].reason
    [links] = links_of(report)
    # The other Web Bridge is none of its peers: it is the Call Bridges that were cut off from this one.
    port = fleet.nodes["lon-edge-1"].services["webbridge3"].ports["c2w"]
    assert links == {"connected": [f"Web Bridge c2w://lon-edge-1.example.com:{port} to lon-1, lon-2"]}


@pytest.mark.gate
def test_peers_that_take_their_time_are_waited_for(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    person = Person("enable", lambda: fleet.cut_off("lon-edge-1"), fleet.cut_off)
    report = renewed(fleet, tmp_path, "webbridge3", only=EDGE, watch=Watch(person, limits=LIMITS))
    assert [one.outcome for one in report.clusters] == [Ending.RENEWED], report.clusters[0].reason
    waiting, again = [note for note in person.notes if "peers of webbridge3 of lon-edge-1" in note]
    assert waiting.startswith("waiting until the peers of webbridge3 of lon-edge-1 are connected again, 180 s at most:")
    assert "was connected to lon-1, lon-2 before, and its state there is `connectionFailure` now" in waiting
    assert again == "the peers of webbridge3 of lon-edge-1 are connected again"


@pytest.mark.gate
def test_peers_that_stay_away_are_a_failed_proof_and_the_old_files_come_back(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())

    def only_with_the_new_files() -> None:
        fleet.cut_off(*(() if uses_old_files(fleet, "webbridge3", "c2w") else EDGE))

    person = Person("enable", only_with_the_new_files)
    limits = replace(LIMITS, reconnect=1.0)
    [group] = (report := renewed(fleet, tmp_path, "webbridge3", only=EDGE, watch=Watch(person, limits=limits))).clusters
    assert group.outcome is Ending.STOPPED and group.reason is not None
    assert "its peers are not connected again: Web Bridge c2w://lon-edge-1.example.com" in group.reason
    assert uses_old_files(fleet, "webbridge3", "c2w") and fleet.links.down() == []
    [back] = links_of(report)
    assert list(back) == ["connected"]
    [again] = resumed(fleet, tmp_path, watch=Watch(limits=LIMITS)).clusters
    assert again.outcome is Ending.RENEWED, again.reason


@pytest.mark.gate
def test_peers_that_are_gone_with_the_old_files_too_are_told(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    person = Person("enable", lambda: fleet.cut_off("lon-edge-1"))
    limits = replace(LIMITS, reconnect=0.5)
    [group] = (report := renewed(fleet, tmp_path, "webbridge3", only=EDGE, watch=Watch(person, limits=limits))).clusters
    # It is on with its old files, and proved: that its peers stay away is told, and no step of the run can mend it.
    assert group.outcome is Ending.STOPPED and uses_old_files(fleet, "webbridge3", "c2w")
    assert [list(one) for one in links_of(report)] == [["lost"]]
    assert any(
        "webbridge3 of lon-edge-1 has its old files again, and Web Bridge c2w://lon-edge-1" in one
        for one in person.notes
    )


@pytest.mark.gate
def test_a_peer_that_was_away_before_is_told_and_is_no_failure(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    fleet.cut_off("lon-edge-1")
    person = Person("", lambda: None)
    report = renewed(fleet, tmp_path, "webbridge3", watch=Watch(person, limits=LIMITS))
    assert [one.outcome for one in report.clusters] == [Ending.RENEWED], report.clusters[0].reason
    first, second = links_of(report)
    assert list(first) == ["not_before"] and list(second) == ["connected"]
    assert any("Web Bridge c2w://lon-edge-1" in note and "not connected before" in note for note in person.notes)


@pytest.mark.gate
def test_a_call_bridge_is_asked_itself_once_it_answers_again(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment(), service_away_seconds=0.6)
    fleet.api.alarms = {}
    person = Person("restart", lambda: fleet.api.alarms.update({"lon-1": ["cdrConnectionFailure"]}))
    report = renewed(
        fleet, tmp_path, "callbridge", only=frozenset({"lon-1"}), drop_calls=frozenset({"lon-1"}),
        watch=Watch(person, limits=LIMITS),
    )  # fmt: skip
    assert [one.outcome for one in report.clusters] == [Ending.RENEWED], report.clusters[0].reason
    [links] = links_of(report)
    # Two Web Bridges, two TURN servers, recorder and streamer.
    assert len(links["connected"]) == 6 and links["alarms"] == ["cdrConnectionFailure on lon-1"]
    assert any("an alarm that was not there before" in note for note in person.notes)


@pytest.mark.gate
def test_what_was_told_before_lasts_over_a_death(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())

    def die() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        renewed(fleet, tmp_path, "turn", only=EDGE, watch=Watch(Person("certs", die), limits=LIMITS))
    assert fleet.nodes["lon-edge-1"].services["turn"].running is None
    report = resumed(fleet, tmp_path)
    assert [one.outcome for one in report.clusters] == [Ending.RENEWED], report.clusters[0].reason
    assert links_of(report) == [{"connected": ["TURN server lon-edge-1.example.com to lon-1, lon-2"]}]


def test_without_an_account_it_is_not_known_and_told_once(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MMP_API_USERNAME")
    fleet = lab(deployment())
    person = Person("", lambda: None)
    report = renewed(fleet, tmp_path, "turn", watch=Watch(person, limits=LIMITS))
    assert [one.outcome for one in report.clusters] == [Ending.RENEWED], report.clusters[0].reason
    links = links_of(report)
    assert [list(one) for one in links] == [["not_known"]] * 2 and not fleet.log.select("api")
    note = (
        "it is not known whether peers are connected again: there is no account for the REST API of lon-1, lon-2: set "
        "MMP_API_USERNAME and MMP_API_PASSWORD"
    )
    assert [one for one in person.notes if "not known" in one] == [note]


def test_of_a_service_that_nothing_tells_of_nobody_is_asked(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    report = renewed(fleet, tmp_path, "meetingapps")
    assert links_of(report) == [{"not_known": ["the REST API does not tell who is connected to a meetingapps"]}]
    assert told(fleet, "meetingapps") and not fleet.log.select("api")


@pytest.mark.gate
def test_an_account_that_is_refused_is_tried_once(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMP_API_PASSWORD", "another")
    fleet = lab(deployment())
    report = renewed(fleet, tmp_path, "turn")
    assert [one.outcome for one in report.clusters] == [Ending.RENEWED], report.clusters[0].reason
    # Both at once, in either order.
    assert sorted(event.node for event in fleet.log.select("api")) == ["lon-1", "lon-2"]


def typed(fleet: Fleet, node: str, command: str) -> None:
    with Client(fleet, node) as client:
        client.run(command)
