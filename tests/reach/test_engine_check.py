"""`mmpctl engine check`: each site that cannot be asked is told with its cause, before it is needed."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mmpctl.inventory import SAMPLE
from mmpctl.inventory.load import load
from mmpctl.inventory.nodes import Node
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import sample
from mmpctl.reach.address import LocalCommand
from mmpctl.reach.answer_lines import End, Hello, Line, Part, line_text
from mmpctl.reach.engine import Engine
from mmpctl.reach.lines.site_line import Bounds
from mmpctl.reach.site_inventory import digest_of
from mmpctl.reach.site_state import troubles_of
from mmpctl.reach.sites.sites_check import EngineCheck, check
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.reach.verb_words import Verb
from mmpctl.reports import tables
from mmpctl.reports.output import render
from mmpctl.reports.sites.engine_table import EVERY_VERB
from mmpctl.times import now_utc
from tests.support.children import PATIENCE_SECONDS
from tests.support.command import Command
from tests.support.lab import Lab
from tests.support.many_sites import site_command, site_program, sites_file, started_here

NODES = [Node("osl-1", "10.1.0.1", 22, "oslo", None, None, ""), Node("lon-1", "10.2.0.1", 22, "london", None, None, "")]
STATE = {"nodes": 1, "verbs": ["audit", "status", "check"], "troubles": []}


def hello(**changes: Any) -> Hello:
    told = {"wire": 1, "version": "1.2.3", "site": "oslo", "clock": now_utc(), "inventory": digest_of(NODES[:1])}
    return Hello(**{**told, **changes})


def checked(*lines: Line, nodes: list[Node] = NODES[:1]) -> EngineCheck:
    """What is found of a site that says these lines."""
    first, *rest = [f"printf '%s\\n' {shlex.quote(line_text(line).rstrip())}" for line in lines] or [""]
    program = LocalCommand(("sh", "-c", "\n".join((first, "read -r request", *rest) if lines else ())))
    return check(
        Engine(bounds=Bounds(PATIENCE_SECONDS, PATIENCE_SECONDS)), {"oslo": RemoteSite("oslo", program)}, nodes
    )


def test_a_site_that_is_well() -> None:
    found = checked(hello(), Part("oslo", STATE), End(1))
    assert (found.code, found.problems, found.sites[0].troubles) == (0, (), ())


@pytest.mark.parametrize(
    ("lines", "nodes", "code", "told"),
    [
        (lambda: (), NODES[:1], 10, "the site oslo cannot be reached"),
        (lambda: (hello(), End(0)), NODES[:1], 10, "the site oslo did not report its state"),
        (lambda: (hello(), Part("paris", STATE), End(1)), NODES[:1], 10, "the site oslo did not report its state"),
        (
            lambda: (hello(), Part("oslo", {"nodes": "1"}), End(1)),
            NODES[:1],
            10,
            "`verbs` of the state of oslo is not there",
        ),
        (
            lambda: (hello(), Part("oslo", STATE), Part("oslo", STATE), End(2)),
            NODES[:1],
            10,
            "reports on 'oslo', which",
        ),
        (
            lambda: (hello(clock=now_utc() - timedelta(hours=3)), Part("oslo", STATE), End(1)),
            NODES[:1],
            4,
            "3 hours behind this machine's",
        ),
        (
            lambda: (hello(inventory="0" * 64), Part("oslo", STATE), End(1)),
            NODES[:1],
            4,
            "the inventory of the site oslo differs from its part of this one",
        ),
        (lambda: (hello(), Part("oslo", STATE), End(1)), [], 4, "the inventory here has no node of the site oslo"),
        (
            lambda: (hello(), Part("oslo", {**STATE, "troubles": ["no password"]}), End(1)),
            NODES[:1],
            4,
            "the site oslo: no password",
        ),
    ],
)
def test_what_would_be_in_the_way(
    lines: Callable[[], tuple[Line, ...]], nodes: list[Node], code: int, told: str
) -> None:
    found = checked(*lines(), nodes=nodes)
    assert found.code == code
    (trouble,) = found.sites[0].troubles
    assert told in trouble


def test_nodes_of_no_known_site_are_problems() -> None:
    stray = Node("x", "10.3.0.1", 22, None, None, None, "")
    found = checked(hello(), Part("oslo", STATE), End(1), nodes=[*NODES, stray])
    assert found.code == 4
    assert found.problems == (
        "nodes of the inventory here without a site: 1",
        "the file of sites has no site london; nodes of it in the inventory here: 1",
    )


@pytest.fixture
def fleet(lab: Lab) -> Fleet:
    return lab(sample())


def test_by_command(fleet: Fleet, mmpctl: Command, tmp_path: Path) -> None:
    away = "exec:sh -c 'echo \"No route to host\" >&2; exit 255'"
    file = sites_file(tmp_path, {"oslo": started_here(site_program(fleet, tmp_path, "oslo")), "london": away})
    said = mmpctl("engine", "check", "--engine", file, "-o", "json", fleet=fleet)
    assert said.code == 10
    oslo, london = said.document["sites"]
    assert (oslo["answered"], oslo["same_inventory"], oslo["troubles"]) == (True, True, [])
    assert oslo["nodes"] == oslo["nodes_here"] > 1 and {"audit", "status", "check"} <= set(oslo["verbs"])
    assert (london["answered"], london["nodes"], london["address"]) == (False, None, "exec:sh …")
    assert "No route to host" in london["troubles"][0]
    assert not fleet.log.select("connect"), "no node was asked for anything"


def test_what_a_site_lacks(fleet: Fleet, mmpctl: Command, tmp_path: Path) -> None:
    (tmp_path / "known").write_text("")
    lacking = site_program(fleet, tmp_path, "oslo", "--known-hosts", str(tmp_path / "known"), "--certs", "nowhere")
    nobody = tmp_path / "nobody"
    nobody.write_text(f"#!/bin/sh\nexec {shlex.join(site_command(fleet, 'london'))}\n")
    nobody.chmod(0o700)
    file = sites_file(tmp_path, {"oslo": started_here(lacking), "london": started_here(nobody)})
    said = mmpctl("engine", "check", "--engine", file, "-o", "json", fleet=fleet)
    assert said.code == 4
    oslo, london = (" ".join(site["troubles"]) for site in said.document["sites"])
    assert "has no host key of" in oslo and "osl-1" in oslo and "nowhere of --certs is missing: make it" in oslo
    assert "MMP_PASSWORD" in london


def test_a_folder_that_the_first_backup_makes_is_no_trouble(tmp_path: Path) -> None:
    nr = load(SAMPLE)
    away, file = tmp_path / "not" / "yet", tmp_path / "file"
    file.touch()

    def told(**folders: Path | None) -> list[str]:
        return [one.replace(str(tmp_path), "") for one in troubles_of(nr, {**folders}) if "folder" in one]

    assert told(backups=away, certs=None) == [], "nobody is frightened before the first backup"
    assert told(certs=away) == [
        "the folder /not/yet of --certs is missing: make it, and put the new certificates there"
    ]
    assert told(backups=file) == ["the folder /file of --backups is not a folder"]
    assert "cannot be made" in told(backups=file / "below")[0]


@pytest.mark.parametrize(("renews", "code"), [(True, 4), (False, 0)])
def test_a_site_that_renews_only_by_the_file_of_sites_is_told_before_the_night(renews: bool, code: int) -> None:
    answers = [line_text(line).rstrip() for line in (hello(), Part("oslo", STATE), End(1))]
    program = LocalCommand(("sh", "-c", "\n".join(f"printf '%s\\n' {shlex.quote(one)}" for one in answers)))
    engine = Engine(bounds=Bounds(PATIENCE_SECONDS, PATIENCE_SECONDS))
    found = check(engine, {"oslo": RemoteSite("oslo", program, renews=renews)}, NODES[:1])
    assert found.code == code
    assert ["--renews" in one for one in found.sites[0].troubles] == [True] * renews


def test_a_site_that_the_file_does_not_have(mmpctl: Command, tmp_path: Path) -> None:
    file = sites_file(tmp_path, {"oslo": "exec:touch asked"})
    said = mmpctl("engine", "check", "--engine", file, "--site", "paris", "-i", SAMPLE)
    assert said.code == 2 and "Its sites are oslo." in said.err and not Path("asked").exists()


@pytest.mark.parametrize(
    ("verbs", "told"),
    [
        ([verb.value for verb in Verb], "all"),
        ([verb.value for verb in Verb if verb is not Verb.BACKUP], "all but backup"),
        (["audit", "status", "check"], "audit, status, check"),
    ],
)
def test_what_a_site_may_be_asked_for_is_told_in_few_words(verbs: list[str], told: str) -> None:
    assert tuple(verb.value for verb in Verb) == EVERY_VERB
    found = checked(hello(), Part("oslo", {**STATE, "verbs": verbs}), End(1)).document()
    found["sites"][0]["clock_ahead"] = -0.004
    (row,) = (line for line in render(tables.engine_check(found), width=200).splitlines() if line.startswith("oslo"))
    assert f"  {told}  " in row and "  0 s  " in row
