"""How groups of services follow each other: what could leave a site without a service waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.inventory.load import load
from mmpctl.renewal.jobs.catalogue import SERVICES
from mmpctl.renewal.rollout import Rollout

NODES = {
    "a": "{site: north, cluster: a, role: master}",
    "b": "{site: south, cluster: b, role: master}",
    "c": "{site: north, cluster: c, role: master}",
    "edge": "{site: north, serves: b}",
    "alone": "{site: north}",
}


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
