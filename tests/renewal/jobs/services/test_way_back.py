"""A service that does not come up as it must gets its old files again, is on, is proved; and the run stops."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mmpctl.cluster.step import Step
from mmpctl.display.events import Silent
from mmpctl.errors import MmpError
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import deployment
from mmpctl.renewal.context import Watch
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.runbooks.renew import RenewReport
from mmpctl.runs.ending import Ending
from tests.proof.boundaries import AFTER, BEFORE, Point
from tests.proof.death import Death, Mortal
from tests.support.lab import Lab
from tests.support.service_runs import LIMITS, leaf_in_use, new_leaf, renewed, resumed, told

NODE = "lon-edge-1"


def at_start(kind: str, text: str = "") -> Fault:
    return Fault(NODE, "service", kind, match="webbridge3 enable", text=text)


def is_as_it_was(fleet: Fleet, before: dict[str, bytes | None]) -> bool:
    return {pair: leaf_in_use(fleet, NODE, "webbridge3", pair) for pair in before} == before


def in_use(fleet: Fleet) -> dict[str, bytes | None]:
    return {pair: leaf_in_use(fleet, NODE, "webbridge3", pair) for pair in ("https", "c2w")}


def units(report: RenewReport) -> list[tuple[str, Ending, str | None]]:
    return [(one.node, one.outcome, one.reason) for one in report.clusters[0].units]


@pytest.mark.parametrize(
    ("fault", "switches", "why"),
    [
        (at_start("fail", "HTTPS certificate chain is not complete"), {}, "reports a failure: HTTPS certificate chain"),
        (at_start("fail", "no"), {"after_failure": "old"}, "reports a failure: no"),
        (at_start("silent"), {}, "prints nothing at all as it starts, which proves nothing"),
        (at_start("ignore"), {}, "presents another certificate"),
        (Fault(NODE, "certs", "ignore", match="webbridge3-c2w"), {}, "shows webbridge3-c2w.key, webbridge3-c2w.cer"),
        (Fault(NODE, "command", "refuse", match="c2w certs", text="ERROR: no"), {}, "was refused: ERROR: no"),
        (
            Fault(NODE, "output", "inject", match="webbridge3 enable", text="Some other line"),
            {},
            "prints lines that are not known as it starts: Some other line",
        ),
    ],
    ids=["failure", "failure, old pair stays", "silence", "wrong leaf", "certs ignored", "certs refused", "odd line"],
)
def test_it_goes_back_to_its_old_files_and_stops(
    lab: Lab, tmp_path: Path, fault: Fault, switches: dict[str, Any], why: str
) -> None:
    fleet = lab(deployment(), faults=[fault], **switches)
    before = in_use(fleet)
    report = renewed(fleet, tmp_path, "webbridge3")
    [edges] = report.clusters
    assert (edges.outcome, edges.code in (6, 7)) == (Ending.STOPPED, True)
    assert edges.reason is not None and why in edges.reason, edges.reason
    assert is_as_it_was(fleet, before) and fleet.links.down() == []
    assert units(report) == [
        (NODE, Ending.STOPPED, "it uses its old files again"),
        ("lon-edge-2", Ending.NOT_STARTED, "its turn did not come"),
    ]
    assert f"webbridge3 of {NODE} uses its old files again, and was proved with them." in edges.advice
    assert [line for line in told(fleet, "webbridge3") if line.startswith("lon-edge-2")] == []
    assert edges.by_hand is not None and (report.folder or tmp_path) / "by-hand.txt"
    # The cause is gone: the same run begins with it once more.
    fleet.faults.clear()
    again = resumed(fleet, tmp_path)
    assert [one.outcome for one in again.clusters] == [Ending.RENEWED], again.clusters[0].reason
    assert leaf_in_use(fleet, NODE, "webbridge3", "https") == new_leaf(fleet, NODE, "webbridge3", "https")
    assert fleet.links.down() == []


def test_a_service_that_cannot_even_go_back_is_named_for_a_person_and_finished_first(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment(), faults=[Fault(NODE, "service", "fail", match="webbridge3 enable", text="no", count=0)])
    before = in_use(fleet)
    edges = renewed(fleet, tmp_path, "webbridge3").clusters[0]
    assert (edges.outcome, edges.code) == (Ending.STOPPED, 7)
    assert edges.reason is not None and "what was to put it right did not end well either" in edges.reason
    assert [line for line in edges.advice if "MAY BE OFF" in line and f"`webbridge3 enable` on {NODE}" in line]
    assert next((one.node, one.outcome, one.more) for one in edges.units) == (NODE, Ending.STOPPED, 7)
    fleet.faults.clear()
    # What was begun to go back is finished; then somebody looks, and the next resume tries the new files again.
    edges = resumed(fleet, tmp_path).clusters[0]
    assert (edges.outcome, edges.code, is_as_it_was(fleet, before)) == (Ending.STOPPED, 6, True)
    assert edges.reason is not None and "has its old files again" in edges.reason
    edges = resumed(fleet, tmp_path).clusters[0]
    assert (edges.outcome, is_as_it_was(fleet, before)) == (Ending.RENEWED, False)
    assert fleet.links.down() == []


class Ended(Silent):
    """Does something once a step has ended."""

    def __init__(self, action: str, act: Callable[[], object]) -> None:
        self._action = action
        self._act = act

    def ends(self, unit: str, step: Step, error: MmpError | None) -> None:
        if step.action == self._action and not step.again:
            self._act()


@pytest.mark.parametrize("action", ["disable", "certs", "enable"])
def test_a_full_disk_leaves_no_service_off(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    fleet = lab(deployment())
    before, full = in_use(fleet), monkeypatch
    watch = Watch(Ended(action, lambda: full.setattr("mmpctl.runs.journal._write_all", no_room)), limits=LIMITS)
    edges = renewed(fleet, tmp_path, "webbridge3", watch=watch).clusters[0]
    assert edges.outcome is Ending.STOPPED and edges.reason is not None and "No space left" in edges.reason
    assert is_as_it_was(fleet, before) and fleet.links.down() == []
    # What it did at last is not in the journal: the resumed run looks, and brings it to its end all the same.
    monkeypatch.undo()
    last = renewed_at_last(fleet, tmp_path)
    assert last.outcome is Ending.RENEWED, last.reason
    assert fleet.links.down() == []


def renewed_at_last(fleet: Fleet, place: Path) -> UnitOutcome:
    """It finds the old files where the journal has the new ones, goes back, and begins once more."""
    for _ in range(3):
        [group] = resumed(fleet, place).clusters
        if group.outcome is not Ending.STOPPED:
            break
    return group


def no_room(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_service_on_its_way_with_wrong_files_is_taken_off_again(lab: Lab, tmp_path: Path) -> None:
    # Web Admin says that it is on, and not yet that it runs.
    fault = Fault(NODE, "service", "fail", match="webadmin enable", text="no")
    fleet = lab(deployment(), faults=[fault], after_failure="old", service_away_seconds=0.8)
    limits = replace(LIMITS, accept=5.0)
    edges = renewed(fleet, tmp_path, "webadmin", only=frozenset({NODE}), watch=Watch(limits=limits)).clusters[0]
    assert edges.outcome is Ending.STOPPED and "did not end well either" not in (edges.reason or ""), edges.reason
    assert [line.split()[2] for line in told(fleet, "webadmin")] == ["disable", "certs", "enable"] * 2
    assert leaf_in_use(fleet, NODE, "webadmin") != new_leaf(fleet, NODE, "webadmin")


def test_where_no_connection_shows_what_was_taken_a_lost_session_proves_nothing(lab: Lab, tmp_path: Path) -> None:
    # XMPP shows its new names, and is on; what it said of them nobody has heard: it runs on its old files.
    faults = [
        Fault("lon-1", "output", "drop", match="xmpp enable"),
        Fault("lon-1", "service", "fail", match="xmpp enable", text="no"),
    ]
    fleet = lab(deployment(generation=2), faults=faults, release="2.9.5", after_failure="old")
    [group] = renewed(fleet, tmp_path, "xmpp").clusters
    assert group.outcome is Ending.STOPPED and group.reason is not None
    assert "the session was lost as xmpp-trust of lon-1 started, and nothing shows whether" in group.reason
    assert fleet.links.down() == []
    assert [one.outcome for one in resumed(fleet, tmp_path).clusters] == [Ending.RENEWED]
    assert leaf_in_use(fleet, "lon-1", "xmpp") == new_leaf(fleet, "lon-1", "xmpp") and fleet.links.down() == []


@pytest.mark.parametrize(
    "died",
    [
        "outcome certs:lon-1/callbridge:again done",
        "intent restart:lon-1/callbridge:again",
        "outcome restart:lon-1/callbridge:again done",
        "intent prove:lon-1/callbridge:again",
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_call_bridge_that_did_not_restart_is_up_again_wherever_the_way_back_died(
    lab: Lab, tmp_path: Path, died: str
) -> None:
    fleet = lab(deployment(), faults=[Fault("lon-1", "service", "fail", match="callbridge restart", text="no")])
    before = leaf_in_use(fleet, "lon-1", "callbridge")
    only = {"only": frozenset({"lon-1"}), "drop_calls": frozenset({"lon-1"})}
    point = Point(died, AFTER if died.startswith("outcome") else BEFORE)
    with pytest.raises(Death), Mortal(point, fleet.folder / "lab.log").living():
        renewed(fleet, tmp_path, "callbridge", **only)
    [group] = resumed(fleet, tmp_path).clusters
    assert group.outcome is Ending.STOPPED and leaf_in_use(fleet, "lon-1", "callbridge") == before, group.reason
    [group] = resumed(fleet, tmp_path).clusters
    assert group.outcome is Ending.RENEWED, group.reason
    assert leaf_in_use(fleet, "lon-1", "callbridge") == new_leaf(fleet, "lon-1", "callbridge")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_way_back_that_died_before_its_proof_is_proved_and_the_run_goes_on(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment(), faults=[Fault("lon-1", "certs", "ignore", match="callbridge")])
    only = {"only": frozenset({"lon-1"}), "drop_calls": frozenset({"lon-1"})}
    point = Point("intent prove:lon-1/callbridge:again", BEFORE)
    with pytest.raises(Death), Mortal(point, fleet.folder / "lab.log").living():
        renewed(fleet, tmp_path, "callbridge", **only)
    [group] = resumed(fleet, tmp_path).clusters
    assert group.outcome is Ending.STOPPED, group.reason
    assert group.reason is not None and "has its old files again" in group.reason
    assert [one.outcome for one in resumed(fleet, tmp_path).clusters] == [Ending.RENEWED]


def test_a_call_bridge_that_does_not_even_start_with_its_old_files_is_restarted_again(lab: Lab, tmp_path: Path) -> None:
    fault = Fault("lon-1", "service", "fail", match="callbridge restart", text="no", count=2)
    fleet = lab(deployment(), faults=[fault])
    before, limits = leaf_in_use(fleet, "lon-1", "callbridge"), replace(LIMITS, settle=0.5)
    only = {"only": frozenset({"lon-1"}), "drop_calls": frozenset({"lon-1"})}
    [group] = renewed(fleet, tmp_path, "callbridge", watch=Watch(limits=limits), **only).clusters
    assert (group.code, leaf_in_use(fleet, "lon-1", "callbridge")) == (7, None), group.reason
    [group] = resumed(fleet, tmp_path).clusters
    assert (group.code, leaf_in_use(fleet, "lon-1", "callbridge")) == (6, before), group.reason
    assert [one.outcome for one in resumed(fleet, tmp_path).clusters] == [Ending.RENEWED]
