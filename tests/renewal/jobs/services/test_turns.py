"""How groups of services follow each other: what could leave a site without a service waits."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from mmpctl.cluster.step import Step
from mmpctl.inventory.load import load
from mmpctl.renewal.jobs.catalogue import SERVICES
from mmpctl.renewal.jobs.services.unit import group_unit
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.rollout import Rollout, in_turn, not_started
from mmpctl.renewal.stop import Stop
from mmpctl.renewal.unit import Unit
from mmpctl.runs.ending import Ending

NODES = {
    "a": "{site: north, cluster: a, role: master}",
    "b": "{site: south, cluster: b, role: master}",
    "c": "{site: north, cluster: c, role: master}",
    "edge": "{site: north, serves: b}",
    "alone": "{site: north}",
}


class Waiting(NamedTuple):
    """A group whose turn has not come."""

    unit: Unit
    steps: tuple[Step, ...] = ()

    @property
    def name(self) -> str:
        return self.unit.name


def turns(folder: Path, *names: str) -> Rollout:
    lines = (f"{name}: {{hostname: 127.70.1.{at}, data: {NODES[name]}}}\n" for at, name in enumerate(names, 1))
    (folder / "hosts.yaml").write_text("".join(lines), encoding="utf-8")
    (folder / "defaults.yaml").write_text("platform: cisco_cms\n", encoding="utf-8")
    nr = load(folder)
    return SERVICES.turns(Rollout(at_once=4), SERVICES.units(nr), nr)


@pytest.mark.parametrize(
    ("names", "at_once", "first"),
    [
        (("a", "b"), 4, ()),
        # Two clusters of one site, or one that reaches into the site of another.
        (("a", "b", "c"), 1, ()),
        (("a", "b", "edge"), 1, ()),
        # Servers of no cluster have ended before any cluster begins.
        (("a", "b", "alone"), 4, ("standalone servers of north",)),
        (("alone",), 4, ()),
    ],
)
def test_clusters_of_one_site_wait_for_each_other(
    tmp_path: Path, names: tuple[str, ...], at_once: int, first: tuple[str, ...]
) -> None:
    rollout = turns(tmp_path, *names)
    assert (rollout.at_once, rollout.canaries) == (at_once, first)


def test_what_is_told_of_a_group_that_was_not_started_calls_it_a_group() -> None:
    plan = Waiting(group_unit("lon-prod"))
    outcome = not_started(plan, "not now")
    assert outcome.advice == ("The group is as it was: only commands that change nothing were sent to its nodes.",)
    failed = UnitOutcome(group_unit("osl-prod"), Ending.STOPPED)
    [told] = in_turn([plan], Rollout(), Stop(), lambda _: failed, [failed])
    assert told.reason is not None and "0 such groups are allowed" in told.reason
