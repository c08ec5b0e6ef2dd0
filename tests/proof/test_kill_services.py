"""Kill anywhere, services: a run dies at every point that a calm run passes, and ends with every service on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import Stores, deployment
from mmpctl.runs import runs_folder
from tests.proof.boundaries import AFTER, BEFORE, TORN, UNSENT, Point, record_name
from tests.proof.death import Death, Mortal
from tests.support.gate import dealt
from tests.support.lab import Lab
from tests.support.service_runs import renewed, resumed

# Off and on with two pairs, off and on with one, and a restart: on two nodes each.
SERVICES = ("webbridge3", "webadmin", "callbridge")
CALLS = frozenset({"lon-1", "lon-2"})
# The points are dealt out to so many tests: one of them is in `make test`, some are in the gate, all in `make prove`.
HANDS = 114
IN_GATE = 12
# Of the points while trust is extended.
EXTENDING_HANDS = 24


@dataclass(frozen=True)
class Calm:
    """A run that nobody interrupts: the points that it passes, its records, and what its services run on then."""

    points: tuple[Point, ...]
    records: tuple[str, ...]
    ending: dict[str, bytes]


def running(fleet: Fleet) -> dict[str, bytes]:
    """What each service runs on; none that is off is among them."""
    return {
        f"{node.name} {word} {slot}": content
        for node in fleet.nodes.values()
        for word, service in node.services.items()
        for slot, content in (service.running or {}).items()
    }


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Calm:
    """One calm run for all tests."""
    return calm_run(tmp_path_factory.mktemp("calm"), "ca", *SERVICES)


@pytest.fixture(scope="module")
def extending(tmp_path_factory: pytest.TempPathFactory) -> Calm:
    """Another one, in which Call Bridges and schedulers must trust the new certificates first."""
    return calm_run(tmp_path_factory.mktemp("extending"), "leafs", "webbridge3")


def calm_run(place: Path, stores: Stores, *services: str) -> Calm:
    """Renew services while nobody interrupts it."""
    fleet = Fleet(deployment(stores), place, networking="ports").start()
    try:
        life = Mortal()
        with life.living():
            report = renewed(fleet, place, *services, drop_calls=CALLS)
        assert report.code == 0, report.clusters
        folder = runs_folder.every(place / "runs")[-1]
        records = tuple(record_name(one.event, one.step, one.result) for one in folder.records())
        return Calm(tuple(sorted(set(life.passed))), records, running(fleet))
    finally:
        fleet.stop()


def test_the_points_are_every_record_and_every_word_that_changes_a_service(calm: Calm) -> None:
    for moment in (BEFORE, TORN, AFTER):
        assert sorted(set(calm.records)) == [point.what for point in calm.points if point.moment == moment]
    sent = [point.what.split(": ")[1] for point in calm.points if point.moment == UNSENT]
    assert {word: sum(line.endswith(word) for line in sent) for word in ("disable", "certs", "enable", "restart")} == {
        "disable": 7,
        "certs": 11,
        "enable": 7,
        "restart": 2,
    }


@pytest.mark.gate
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("hand", dealt(HANDS, in_gate=IN_GATE))
def test_a_run_that_died_leaves_no_service_off(
    lab: Lab, tmp_path: Path, calm: Calm, hand: int, figure: Callable[[str, int | str], None]
) -> None:
    figure("points of death of a renewal of services, in the process", len(calm.points[hand::HANDS]))
    wrong = {}
    for number, point in enumerate(calm.points[hand::HANDS]):
        fleet = lab(deployment())
        told = died_and_resumed(fleet, tmp_path / str(number), point, calm, *SERVICES)
        fleet.stop()
        if told is not None:
            wrong[str(point)] = told
    assert not wrong


@pytest.mark.prove
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("hand", range(EXTENDING_HANDS))
def test_a_run_that_died_while_trust_was_extended_is_finished(
    lab: Lab, tmp_path: Path, extending: Calm, hand: int, figure: Callable[[str, int | str], None]
) -> None:
    points = [point for point in extending.points if "-trust" in point.what or " trust " in point.what]
    figure(
        "points of death while the trust of services is extended, in the process", len(points[hand::EXTENDING_HANDS])
    )
    wrong = {}
    for number, point in enumerate(points[hand::EXTENDING_HANDS]):
        fleet = lab(deployment("leafs"))
        told = died_and_resumed(fleet, tmp_path / str(number), point, extending, "webbridge3")
        fleet.stop()
        if told is not None:
            wrong[str(point)] = told
    assert points and not wrong


def died_and_resumed(fleet: Fleet, place: Path, point: Point, calm: Calm, *services: str) -> str | None:
    with pytest.raises(Death), Mortal(point, fleet.folder / "lab.log").living():
        renewed(fleet, place, *services, drop_calls=CALLS)
    report = resumed(fleet, place)
    if report.code != 0:
        return f"not finished: {[(one.name, one.outcome, one.reason) for one in report.clusters]}"
    if running(fleet).keys() != calm.ending.keys():
        return f"not on: {sorted(calm.ending.keys() - running(fleet).keys())}"
    if down := fleet.links.down():
        return f"links are down: {down}"
    again = resumed(fleet, place)
    if {one.outcome for one in again.clusters} != {"nothing to do"}:
        return f"something was left: {again.clusters}"
    return None
