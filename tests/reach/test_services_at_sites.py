"""`plan` and `renew` with --service and --engine: as from one machine, and once; what is the site's own stays there."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import deployment
from mmpctl.reach.tickets.sent_tickets import SentTickets
from tests.support.command import Command, Said
from tests.support.lab import Lab
from tests.support.many_sites import site_program, sites_file, started_here
from tests.support.service_runs import leaf_in_use, new_leaf, told

EDGES = ("lon-edge-1", "lon-edge-2")
WEB = ("--service", "webbridge3")


@pytest.fixture
def fleet(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """A cluster with its services at one site; the desk has no account that is any good."""
    monkeypatch.setenv("MMP_PASSWORD", "of the desk")
    return lab(deployment())


def sites(fleet: Fleet, tmp_path: Path, *more: str, renews: bool = True) -> Path:
    """The file of the only site, which has its own folders, and its own account of the REST API."""
    place = tmp_path / "at-site"
    place.mkdir(exist_ok=True)
    options = ("--certs", str(fleet.service_certificates), "--runs", str(place / "runs"), "--renews", *more)
    program = site_program(fleet, place, "london", *options)
    return sites_file(tmp_path, {"london": {"address": started_here(program), "renews": renews}})


def runs(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "at-site" / "runs").glob("*"))


def waiting() -> int:
    """How many tickets of the desk have no end that is known."""
    return len(SentTickets.of(Path("runs")).open())


def next_of(said: Said) -> list[str]:
    """The first command that is suggested, as a shell takes it apart."""
    line = next(line for line in said.out.splitlines() if line.startswith("Next: "))
    return shlex.split(line)[2:]


def units(document: Any) -> list[tuple[str, str, str]]:
    (cluster,) = document["clusters"]
    return [(one["name"], one["service"], one["outcome"]) for one in cluster["units"]]


def test_a_web_bridge_is_renewed_by_its_site_and_its_end_is_told_at_the_desk(
    fleet: Fleet, mmpctl: Command, tmp_path: Path
) -> None:
    file = sites(fleet, tmp_path)
    shown = mmpctl("plan", "--engine", file, *WEB, "--host", EDGES[0], "-i", fleet.inventory)
    assert shown.code == 0, shown.err
    assert told(fleet, "webbridge3") == [] and "READY" in shown.out
    suggested = next_of(shown)
    assert suggested[0] == "renew" and "--engine" in suggested and "--certs" not in suggested
    done = mmpctl(*suggested, "--yes", "-o", "json")
    assert done.code == 0, done.err
    (cluster,) = done.document["clusters"]
    (run,) = runs(tmp_path)
    assert (cluster["job"], cluster["site"], cluster["run"]) == ("services", "london", run.name)
    assert units(done.document) == [(EDGES[0], "webbridge3", "renewed")] and cluster["valid_until"]
    assert "wave 1 of" in done.err and "webbridge3 enable" in done.err, "its progress"
    request = json.loads((run / "request.json").read_text(encoding="utf-8"))
    assert request["job"] == "services" and request["ticket"]
    for pair in ("https", "c2w"):
        assert leaf_in_use(fleet, EDGES[0], "webbridge3", pair) == new_leaf(fleet, EDGES[0], "webbridge3", pair)
        assert leaf_in_use(fleet, EDGES[1], "webbridge3", pair) != new_leaf(fleet, EDGES[1], "webbridge3", pair)
    assert fleet.links.down() == [] and fleet.lost.get("callbridge", 0) == 0
    assert waiting() == 0 and not Path("runs").exists()
