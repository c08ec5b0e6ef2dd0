"""Schedules that found something, played again: one each, as short as can be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.schedules.network import HIDDEN, Shape, rows_of
from tests.cluster.schedules.process import Process
from tests.cluster.schedules.world import World


@pytest.fixture
def world() -> Iterator[World]:
    one = World(0, (Shape("lon", slaves=1),))
    yield one
    one.close()


@pytest.fixture
def hidden() -> Iterator[World]:
    one = World(0, (Shape("lon", slaves=1, state=HIDDEN),))
    yield one
    one.close()


def worked(world: World, process: Process) -> None:
    """Let it take one more turn: it is not to end by itself."""
    world.work(1)
    assert not process.actor.ended, process.actor.error or [one.reason for one in process.actor.result.clusters]


def ended(world: World, process: Process) -> object:
    """Let a process come to its end; what it says of its one cluster."""
    while not process.actor.ended:
        world.work(50)
    world.oracle.check()
    assert process.actor.error is None
    return process.actor.result.clusters[0]


def test_nothing_more_is_taken_apart_when_somebody_has_emptied_the_keeper(world: World) -> None:
    first = world.renew(("lon",), {"lon": "lon-1"})
    while first.folder is None or not list((first.folder / "backups").rglob("*.bak")):
        worked(world, first)
    first.stop.wish()
    ended(world, first)
    devices = world.network.devices
    devices["lon-2"].group = None  # so that nobody is there to join
    assert world.network.by_hand(devices["lon-1"], "join", devices["lon-2"], world.stage.now)
    world.disturb()
    world.oracle.destroyed_by_hand(devices["lon-1"])
    world.network.tick(world.stage.now + 3600)
    outcome = ended(world, world.resume(first.folder))
    assert (outcome.outcome, outcome.code) == ("refused", 5)  # type: ignore[attr-defined]
    assert "a join that did not succeed" in outcome.reason  # type: ignore[attr-defined]


def backed_up(world: World, keepers: dict[str, str]) -> Path:
    """A run that was asked to stop when every backup was at home; its folder."""
    first = world.renew(("lon",), keepers)
    while first.folder is None or len(list((first.folder / "backups").rglob("*.bak"))) < len(world.network.devices):
        worked(world, first)
    first.stop.wish()
    ended(world, first)
    assert first.folder is not None
    return first.folder


def test_a_keeper_that_the_nodes_had_proved_is_proved_anew_before_anything_is_taken_apart(world: World) -> None:
    folder = backed_up(world, {})
    devices = world.network.devices
    # The other takes over, Call Bridges write to it, then the certificates expire and no node tells who was master.
    group = devices["lon-1"].group
    assert group is not None
    group.master = devices["lon-2"]
    devices["lon-2"].rows |= {777}
    group.talks, group.shows_disabled = False, True
    for device in devices.values():
        device.expired = True
    world.disturb()
    outcome = ended(world, world.resume(folder))
    assert (outcome.outcome, outcome.code) == ("refused", 5)  # type: ignore[attr-defined]
    assert "the keeper is not certain" in outcome.reason  # type: ignore[attr-defined]
    assert 777 in devices["lon-2"].rows


def test_backups_of_before_are_made_anew_when_nothing_was_taken_apart(hidden: World) -> None:
    folder = backed_up(hidden, {"lon": "lon-1"})
    hidden.network.devices["lon-2"].rows |= {888}
    hidden.disturb()
    hidden.stage.now += 14 * 86400
    outcome = ended(hidden, hidden.resume(folder))
    assert outcome.outcome == "renewed"  # type: ignore[attr-defined]
    assert any(888 in rows_of(path.read_bytes()) for path in (folder / "backups").rglob("*.bak"))


def test_a_cluster_that_is_apart_is_not_called_as_it_was_when_its_turn_does_not_come(world: World) -> None:
    first = world.renew(("lon",), {})
    world.work(300, until_confirmed=True)
    first.stop.wish()
    ended(world, first)
    assert first.folder is not None
    second = world.resume(first.folder)
    second.stop.wish()
    outcome = ended(world, second)
    assert (outcome.outcome, outcome.code) == ("stopped", 6)  # type: ignore[attr-defined]
    assert f"mmpctl resume {first.folder.name}" in outcome.advice[0]  # type: ignore[attr-defined]
    assert ended(world, world.resume(first.folder)).outcome == "renewed"  # type: ignore[attr-defined]
