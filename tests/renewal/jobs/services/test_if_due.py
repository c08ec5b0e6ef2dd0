"""Only what is due is renewed, and without a person only what the inventory allows, when it allows it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mmpctl.cluster.step import Step
from mmpctl.display.events import Silent
from mmpctl.errors import MmpError
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import FleetSpec, deployment
from mmpctl.renewal.context import Watch
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.runbooks import runs
from mmpctl.runs.ending import Ending
from mmpctl.services.unattended import Unattended, unattended_of
from mmpctl.times import now_utc
from tests.support.lab import Lab
from tests.support.service_runs import LIMITS, leaf_in_use, new_leaf, renewed, resumed, told

FIRST, SECOND = "lon-edge-1", "lon-edge-2"


def hours(begin: float, end: float) -> str:
    """A part of the day, in hours from now."""
    now = datetime.now().astimezone()
    return "-".join(f"{now + timedelta(hours=hour):%H:%M}" for hour in (begin, end))


def allowed(when: str | None = None, *services: str) -> dict[str, Unattended]:
    return {node: unattended_of([*services] or ["webbridge3"], when) for node in (FIRST, SECOND, "lon-1", "lon-2")}


def ended(fleet: Fleet, place: Path, *services: str, **options: Any) -> UnitOutcome:
    [group] = renewed(fleet, place, *services, **{"alone": allowed(), **options}).clusters
    return group


def expiring(days: float) -> FleetSpec:
    """The deployment whose first web bridge has a certificate for so many days more."""
    fleet = deployment()
    first, *others = fleet.others
    return replace(fleet, others=(replace(first, days=(("webbridge3 https", days),)), *others))


def test_only_what_is_due_is_renewed(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    group = ended(fleet, tmp_path, "webbridge3", if_due=30)
    assert group.outcome is Ending.RENEWED, group.reason
    assert {line.split()[0] for line in told(fleet, "webbridge3")} == {FIRST}
    # One interruption serves both of its pairs.
    for pair in ("https", "c2w"):
        assert leaf_in_use(fleet, FIRST, "webbridge3", pair) == new_leaf(fleet, FIRST, "webbridge3", pair)
    again = ended(fleet, tmp_path, "webbridge3", if_due=30)
    assert again.outcome is Ending.NOTHING_TO_DO and again.reason is not None
    assert again.reason.startswith("webbridge3 of 2 nodes is not due within 30 days: its certificate expires ")
    assert again.reason.endswith(f", that of {FIRST} first")


@pytest.mark.gate
def test_nothing_that_is_not_due_has_to_be_in_the_folder(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    (tmp_path / "empty").mkdir()
    group = ended(fleet, tmp_path, "webbridge3", if_due=5, certs=tmp_path / "empty")
    assert (group.outcome, group.code, told(fleet, "webbridge3")) == (Ending.NOTHING_TO_DO, 0, [])
    group = ended(fleet, tmp_path, "webbridge3", if_due=30, certs=tmp_path / "empty")
    assert group.outcome is Ending.REFUSED and group.reason is not None
    assert group.reason.startswith(f"no files for webbridge3 of {FIRST}: ")


def test_what_the_inventory_does_not_name_is_left_to_a_person(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    group = ended(fleet, tmp_path, "webbridge3", if_due=30, alone=allowed(None, "turn"))
    assert (group.outcome, told(fleet, "webbridge3")) == (Ending.REFUSED, [])
    assert group.reason is not None and f"webbridge3 of {FIRST} is due, and `unattended`" in group.reason
    # A person is there: the operator's word is what counts.
    assert ended(fleet, tmp_path, "webbridge3", if_due=30, alone=None).outcome is Ending.RENEWED


@pytest.mark.parametrize(
    ("days", "when", "outcome", "why"),
    [
        (9, hours(-1, 1), Ending.RENEWED, ""),
        (9, hours(2, 3), Ending.NOTHING_TO_DO, "it waits for them"),
        (1, hours(2, 3), Ending.REFUSED, "no run without a person may come in time"),
    ],
    ids=["within", "before", "before, and hardly any time"],
)
@pytest.mark.gate
def test_it_waits_for_its_hours(lab: Lab, tmp_path: Path, days: float, when: str, outcome: Ending, why: str) -> None:
    fleet = lab(expiring(days))
    group = ended(fleet, tmp_path, "webbridge3", if_due=30, alone=allowed(when))
    assert group.outcome is outcome and why in (group.reason or ""), group.reason
    assert bool(told(fleet, "webbridge3")) is (outcome is Ending.RENEWED)


class Clock(Silent):
    """A clock that is ahead once the first service was proved."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.notes: list[str] = []

    def now(self) -> datetime:
        return now_utc() + self.ahead

    def ends(self, unit: str, step: Step, error: MmpError | None) -> None:
        if step.action == "prove":
            self.ahead = timedelta(hours=2)


def both_due() -> FleetSpec:
    """The deployment whose TURN servers and first web bridge are due."""
    fleet = deployment()
    others = (replace(one, days=(("turn", 9.0), ("webbridge3 https", 9.0))) for one in fleet.others[:2])
    return replace(fleet, others=(*others, *fleet.others[2:]))


def test_nothing_more_is_begun_once_the_hours_are_over_and_the_next_ones_go_on(lab: Lab, tmp_path: Path) -> None:
    fleet, clock = lab(both_due()), Clock()
    alone, watch = allowed(hours(-1, 1), "turn"), Watch(clock, clock=clock.now, limits=LIMITS)
    group = ended(fleet, tmp_path, "turn", if_due=30, alone=alone, watch=watch)
    assert (group.outcome, group.code) == (Ending.STOPPED, 6) and group.reason is not None
    assert group.reason.startswith(f"{SECOND}: turn of {SECOND} was not begun: its hours (unattended_hours: ")
    assert "are over" in group.reason and "The timer goes on in the next hours" in group.reason
    # The first one was finished, and the second one not touched.
    assert {line.split()[0] for line in told(fleet, "turn")} == {FIRST}
    assert [part.outcome for part in group.parts] == [Ending.RENEWED, Ending.NOT_STARTED]
    again = ended(fleet, tmp_path, "turn", if_due=30, alone=alone)
    assert again.outcome is Ending.RENEWED, again.reason
    assert {line.split()[0] for line in told(fleet, "turn")} == {FIRST, SECOND}
    listed = runs.run(tmp_path / "runs")["runs"]
    assert [one["state"] for one in listed] == ["closed", "finished"]


@pytest.mark.gate
def test_a_person_resumes_at_any_time_what_waits_for_its_hours(lab: Lab, tmp_path: Path) -> None:
    fleet, clock = lab(both_due()), Clock()
    watch = Watch(clock, clock=clock.now, limits=LIMITS)
    alone = allowed(hours(-1, 1), "turn")
    assert ended(fleet, tmp_path, "turn", if_due=30, alone=alone, watch=watch).outcome is Ending.STOPPED
    [group] = resumed(fleet, tmp_path).clusters
    assert group.outcome is Ending.RENEWED, group.reason


@pytest.mark.gate
def test_a_run_that_stopped_for_another_reason_is_not_gone_on_with_by_the_next_one(lab: Lab, tmp_path: Path) -> None:
    fail = Fault(FIRST, "service", "fail", match="turn enable", text="no")
    fleet = lab(both_due(), faults=[fail])
    alone = allowed(None, "turn")
    assert ended(fleet, tmp_path, "turn", if_due=30, alone=alone).outcome is Ending.STOPPED
    again = ended(fleet, tmp_path, "turn", if_due=30, alone=alone)
    assert again.outcome is Ending.REFUSED and "of this group is not finished" in (again.reason or "")


def test_a_folder_that_got_no_newer_certificate_is_told(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    place = tmp_path / "certs" / FIRST / "webbridge3" / "https"
    place.mkdir(parents=True)
    for ending, name in (("key", "key.key"), ("cer", "cert.cer")):
        shutil.copy(fleet.nodes[FIRST].files / f"webbridge3-https.{ending}", place / name)
    group = ended(fleet, tmp_path, "webbridge3", if_due=30, certs=tmp_path / "certs")
    assert (group.outcome, told(fleet, "webbridge3")) == (Ending.REFUSED, [])
    assert group.reason is not None and group.reason.startswith(f"webbridge3 https of {FIRST} expires ")
    assert "is no newer certificate: find out why none was put there" in group.reason


@pytest.mark.parametrize("due", [None, 30])
def test_a_node_that_does_not_answer_is_not_taken_for_nothing_to_do(lab: Lab, tmp_path: Path, due: int | None) -> None:
    fleet = lab(deployment())
    fleet.take_down("lon-media")
    group = ended(fleet, tmp_path, "recorder", if_due=due)
    assert group.outcome is Ending.REFUSED and group.reason is not None
    assert group.reason.startswith("lon-media could not be looked at (")
    assert ended(fleet, tmp_path, "recorder", if_due=due, only=frozenset({FIRST})).outcome is Ending.NOTHING_TO_DO


def only(fleet: Fleet, place: Path, *given: str) -> Path:
    """A folder with the lab's new files for these places alone: `lon-edge-1/webbridge3/https`."""
    for each in given:
        shutil.copytree(fleet.service_certificates / each, place / each)
    return place


def test_what_is_due_and_has_no_files_never_passes_for_done(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    certs = only(fleet, tmp_path / "one", f"{FIRST}/webbridge3/https")
    # 300 days: all four pairs of the two Web Bridges are due.
    group = ended(fleet, tmp_path, "webbridge3", if_due=300, certs=certs)
    assert (group.outcome, told(fleet, "webbridge3")) == (Ending.REFUSED, [])
    assert group.reason is not None and f"no files for webbridge3 of {SECOND}: " in group.reason
    assert ended(fleet, tmp_path, "webbridge3", certs=certs).outcome is Ending.RENEWED
    first = frozenset({FIRST})
    group = ended(fleet, tmp_path, "webbridge3", if_due=300, certs=certs, only=first)
    assert group.outcome is Ending.REFUSED and group.reason is not None
    assert f"webbridge3 c2w of {FIRST} expires " in group.reason and "has no files for it" in group.reason


def test_a_renewal_of_nothing_says_why(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    group = ended(fleet, tmp_path, "turn", alone=None, only=frozenset({"lon-1"}))
    assert group.outcome is Ending.NOTHING_TO_DO and group.reason is not None
    assert group.reason.startswith(f"turn runs on {FIRST}, {SECOND}, which were not selected")
    assert ended(fleet, tmp_path, "webbridge", alone=None).reason == "no node of lon-prod uses webbridge"


@pytest.mark.gate
def test_hours_are_kept_also_if_it_is_not_known_when_a_certificate_ends(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    (fleet.nodes[FIRST].files / "webbridge3-c2w.cer").write_text("no certificate")
    group = ended(fleet, tmp_path, "webbridge3", if_due=30, alone=allowed(hours(2, 3)))
    assert (group.outcome, told(fleet, "webbridge3")) == (Ending.NOTHING_TO_DO, [])
    assert group.reason is not None and f"it is not known when webbridge3 of {FIRST} expires" in group.reason


def test_what_is_not_named_does_not_wait_for_hours_that_are_of_others(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    group = ended(fleet, tmp_path, "webbridge3", if_due=30, alone=allowed(hours(2, 3), "turn"))
    assert (group.outcome, told(fleet, "webbridge3")) == (Ending.REFUSED, [])
    assert group.reason is not None and f"webbridge3 of {FIRST} is due, and `unattended`" in group.reason
