"""Schedules that found something, played again: one each, as short as can be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.schedules.network import Shape
from tests.cluster.schedules.process import Process
from tests.cluster.schedules.world import World


@pytest.fixture
def world() -> Iterator[World]:
    one = World(0, (Shape("lon", slaves=1),))
    yield one
    one.close()


def ended(world: World, process: Process) -> object:
    """Let a process come to its end; what it says of its one cluster."""
    while not process.actor.ended:
        world.work(50)
    world.oracle.check()
    assert process.actor.error is None
    return process.actor.result.clusters[0]


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
