"""Backups, plans and runs at many sites: the folders stay there, and the desk gets the documents of one machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from mmpctl.inventory import SAMPLE
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import sample
from mmpctl.runs.runs_folder import create
from tests.support.command import Command, Said
from tests.support.lab import Lab
from tests.support.many_sites import site_program, sites_file, started_here

AWAY = "exec:sh -c 'echo \"No route to host\" >&2; exit 255'"
NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
RUN = {"command": "renew", "clusters": [{"name": "osl-prod", "keeper": "osl-1"}]}


@pytest.fixture
def fleet(lab: Lab) -> Fleet:
    return lab(sample())


@pytest.fixture
def sites(fleet: Fleet, tmp_path: Path) -> Callable[..., Path]:
    """Makes a file of both sites, whose folders are beside it; an address takes the place of a site."""

    def make(**others: Any) -> Path:
        both = {}
        for site in ("london", "oslo"):
            folders = {"--backups": tmp_path / site / "backups", "--runs": tmp_path / site / "runs"}
            for folder in folders.values():
                folder.mkdir(parents=True, exist_ok=True)
            words = [str(word) for pair in folders.items() for word in pair]
            both[site] = started_here(
                site_program(fleet, tmp_path, site, *words, "--certs", str(fleet.certificates), "--keep", "1")
            )
        return sites_file(tmp_path, {**both, **others})

    return make


def without(told: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key not in keys}


def test_each_site_keeps_the_backups_of_its_nodes(
    fleet: Fleet, mmpctl: Command, tmp_path: Path, sites: Callable[..., Path]
) -> None:
    said = mmpctl("backup", "--engine", sites(), "--cluster", "shared-test", "-o", "json", fleet=fleet)
    assert said.code == 0, said.err
    assert said.document["folder"] is None
    names = [node["name"] for node in said.document["nodes"]]
    assert [site["rows"] for site in said.document["sites"]] == [1, len(names) - 1]
    for node in said.document["nodes"]:
        site = "london" if node["name"] == "tst-1" else "oslo"
        for file in node["files"]:
            kept = tmp_path / site / "backups" / node["name"] / said.document["snapshot"] / file["name"]
            assert kept.stat().st_size == file["bytes"]
    assert not list(Path().iterdir()), "nothing of it is at the desk"


@pytest.mark.gate
def test_a_site_that_is_away_makes_no_backups_and_the_other_does(
    fleet: Fleet, mmpctl: Command, sites: Callable[..., Path]
) -> None:
    said = mmpctl(
        "backup", "--engine", sites(oslo=AWAY), "--host", "tst-1", "--host", "osl-edge", "-o", "json", fleet=fleet
    )
    assert said.code == 10
    nodes = {node["name"]: node for node in said.document["nodes"]}
    assert nodes["tst-1"]["ok"] and nodes["osl-edge"]["error"].startswith("the site oslo is away")


def planned(said: Said) -> dict[str, dict[str, Any]]:
    return {one["name"]: without(one, "notes", "keeper_evidence") for one in said.document["clusters"]}


def test_a_plan_is_that_of_one_machine(fleet: Fleet, mmpctl: Command, sites: Callable[..., Path]) -> None:
    options = ("--cluster", "osl-prod", "--cluster", "shared-test", "-o", "json")
    apart = mmpctl("plan", "--engine", sites(), *options, fleet=fleet)
    together = mmpctl("plan", "--certs", fleet.certificates, *options, fleet=fleet)
    assert apart.code == together.code, apart.err
    assert planned(apart) == planned(together)
    assert all(one["steps"] for one in planned(apart).values())
    assert [site["rows"] for site in apart.document["sites"]] == [1, 1], "the master of shared-test is in London"


@pytest.mark.gate
def test_a_cluster_is_planned_where_it_may_be_renewed(
    fleet: Fleet, mmpctl: Command, tmp_path: Path, sites: Callable[..., Path]
) -> None:
    oslo = {"address": started_here(tmp_path / "site-oslo"), "renews": True}
    options = ("--cluster", "shared-test", "-o", "json")
    said = mmpctl("plan", "--engine", sites(oslo=oslo), *options, fleet=fleet)
    assert [(site["name"], site["rows"]) for site in said.document["sites"]] == [("oslo", 1)]
    london = {"address": started_here(tmp_path / "site-london"), "renews": True}
    said = mmpctl("plan", "--engine", sites(oslo=oslo, london=london), *options, fleet=fleet)
    assert said.code == 2 and "could be renewed from" in said.err


@pytest.mark.gate
def test_a_keeper_is_confirmed_at_its_site_only(fleet: Fleet, mmpctl: Command, sites: Callable[..., Path]) -> None:
    options = ("--cluster", "lon-prod", "--cluster", "osl-prod", "--keeper", "lon-prod=lon-1")
    said = mmpctl("plan", "--engine", sites(), *options, "-o", "json", fleet=fleet)
    assert said.code == 0, said
    london = planned(said)["lon-prod"]
    assert (london["keeper"], london["keeper_proved"]) == ("lon-1", False)
    assert planned(said)["osl-prod"]["keeper_proved"] and all(one["steps"] for one in planned(said).values())


@pytest.mark.gate
def test_a_cluster_whose_site_is_away_is_refused(fleet: Fleet, mmpctl: Command, sites: Callable[..., Path]) -> None:
    said = mmpctl("plan", "--engine", sites(oslo=AWAY), "--cluster", "osl-prod", "-o", "json", fleet=fleet)
    assert said.code == 10 and said.err.count("No route to host") == 1
    (oslo,) = said.document["clusters"]
    assert (oslo["verdict"], oslo["reasons"]) == ("refused", ["the cluster was not seen: the site oslo is away"])


def test_runs_of_all_sites_are_one_list(mmpctl: Command, tmp_path: Path, sites: Callable[..., Path]) -> None:
    file = sites()
    first = create(tmp_path / "oslo" / "runs", RUN, NOON)
    second = create(tmp_path / "london" / "runs", RUN, NOON + timedelta(days=1))
    said = mmpctl("runs", "--engine", file, "-o", "json")
    assert said.code == 0, said.err
    told = [(one["run"], one["site"], one["state"]) for one in said.document["runs"]]
    assert told == [(first.name, "oslo", "unfinished"), (second.name, "london", "unfinished")]
    one = mmpctl("runs", "20261123", "--engine", file, "-o", "json")
    assert (one.code, one.document["run"], one.document["site"]) == (0, first.name, "oslo")
    here = mmpctl("runs", first.name, "--runs", tmp_path / "oslo" / "runs", "-o", "json")
    assert without(one.document, "site", "sites", "asked") == without(here.document, "asked")


@pytest.mark.gate
def test_runs_of_a_site_that_is_away_are_not_seen(mmpctl: Command, tmp_path: Path, sites: Callable[..., Path]) -> None:
    file = sites(oslo=AWAY)
    run = create(tmp_path / "london" / "runs", RUN, NOON)
    said = mmpctl("runs", "--engine", file)
    assert said.code == 10 and run.name in said.out and "london" in said.out
    said = mmpctl("runs", "latest", "--engine", file, "-o", "json")
    assert (said.code, said.document["run"]) == (10, run.name)
    said = mmpctl("runs", "2020", "--engine", file)
    assert said.code == 2 and "no site has told of a run 2020" in said.err and "Not seen: oslo." in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("backup", "--to", "here"),
        ("backup", "--keep", "1"),
        ("plan", "--certs", "here"),
        ("plan", "--by-hand"),
        ("plan", "--service", "webadmin", "--certs", "here"),
        ("plan", "--service", "webadmin", "--by-hand"),
        ("plan", "--service", "callbridge", "--drop-calls", "paris"),
        ("plan", "--service", "database"),
        ("plan", "--keeper", "osl-prod=lon-1"),
        ("plan", "--leave-out", "nobody"),
        ("plan", "--host", "osl-1"),
        ("runs", "--runs", "here"),
        ("runs", "--close", "20261123", "--reason", "x"),
        ("runs", "--verify"),
        ("runs", "-o", "html"),
    ],
)
def test_what_cannot_be_asked_of_sites(
    mmpctl: Command, tmp_path: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMP_INVENTORY", str(SAMPLE))
    file = sites_file(tmp_path, dict.fromkeys(("london", "oslo"), "exec:touch asked"))
    said = mmpctl(*words, "--engine", file)
    assert said.code == 2 and said.out == "" and not Path("asked").exists()


@pytest.mark.parametrize("words", [("backup",), ("plan",), ("renew",)])
def test_a_folder_here_is_wanted_without_sites(
    mmpctl: Command, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMP_INVENTORY", str(SAMPLE))
    said = mmpctl(*words)
    assert said.code == 2 and "missing option" in said.err
