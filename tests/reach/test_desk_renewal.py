"""`renew` and `resume` with --engine: as from one machine, and once, whatever is cut, late or away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mmpctl.inventory import SAMPLE
from mmpctl.lab.fleet import Fleet
from tests.support.command import Command
from tests.support.fleet import CLUSTER, KEEPER, accepted
from tests.support.lab import Lab
from tests.support.many_sites import site_program, sites_file, started_here

KEEPER_GIVEN = ("--keeper", f"{CLUSTER}={KEEPER}")


@pytest.fixture
def expired(lab: Lab) -> Fleet:
    return lab("expired")


def site_folder(tmp_path: Path) -> Path:
    place = tmp_path / "at-site"
    place.mkdir(exist_ok=True)
    return place


def sites(fleet: Fleet, tmp_path: Path, *more: str, renews: bool = True, there: bool = True) -> Path:
    """The file of the only site, which has its own folders."""
    place = site_folder(tmp_path)
    options = (
        "--certs",
        str(fleet.certificates),
        "--runs",
        str(place / "runs"),
        *(["--renews"] if there else []),
        *more,
    )
    program = site_program(fleet, place, "london", *options)
    return sites_file(tmp_path, {"london": {"address": started_here(program), "renews": renews}})


def runs(tmp_path: Path) -> list[str]:
    return sorted(one.name for one in (tmp_path / "at-site" / "runs").glob("*"))


def sent(tmp_path: Path) -> list[dict[str, Any]]:
    """The desk's tickets: those of which it is not known how they ended."""
    folder = tmp_path / "cwd" / "runs.sent"
    ended = {one.name.partition(".")[0] for one in folder.glob("*.ended.json")}
    return [json.loads(one.read_text()) for one in folder.glob("*.json") if one.name.partition(".")[0] not in ended]


def test_a_renewal_at_a_site_is_told_as_from_one_machine(expired: Fleet, mmpctl: Command, tmp_path: Path) -> None:
    file = sites(expired, tmp_path)
    said = mmpctl("renew", "--engine", file, "--yes", *KEEPER_GIVEN, "-o", "json", fleet=expired)
    assert said.code == 0, said.err
    (cluster,) = said.document["clusters"]
    assert (cluster["outcome"], cluster["site"], cluster["run"]) == ("renewed", "london", *runs(tmp_path))
    assert said.document["run"] == cluster["run"] and cluster["valid_until"]
    assert "wave 1 of" in said.err and "initialize" in said.err, "its progress"
    assert sent(tmp_path) == [] and not (tmp_path / "cwd" / "runs").exists()
    assert sum("initialize" in line for line in accepted(expired)) == 1
    again = mmpctl("renew", "--engine", file, "--yes", "-o", "json", fleet=expired)
    assert (again.code, again.document["clusters"][0]["outcome"]) == (0, "nothing to do")


def test_without_a_word_nothing_is_sent(expired: Fleet, mmpctl: Command, tmp_path: Path) -> None:
    file = sites(expired, tmp_path)
    said = mmpctl("renew", "--engine", file, *KEEPER_GIVEN, "-o", "json", fleet=expired)
    (cluster,) = said.document["clusters"]
    assert (said.code, cluster["outcome"]) == (5, "refused") and "not confirmed" in cluster["reason"]
    assert accepted(expired) == [] and runs(tmp_path) == [] and not (tmp_path / "cwd" / "runs.sent").exists()


@pytest.mark.gate
@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "the keeper is not certain"),
        (("--keeper", f"{CLUSTER}=lon-2"), "lon-2"),
        (("--leave-out", KEEPER, *KEEPER_GIVEN), KEEPER),
    ],
)
def test_a_plan_that_is_refused_begins_nothing(
    expired: Fleet, mmpctl: Command, tmp_path: Path, words: tuple[str, ...], why: str
) -> None:
    said = mmpctl("renew", "--engine", sites(expired, tmp_path), "--yes", *words, "-o", "json", fleet=expired)
    assert said.code == 5 and why in said.document["clusters"][0]["reason"]
    assert accepted(expired) == [] and runs(tmp_path) == [] and sent(tmp_path) == []


@pytest.mark.parametrize("here", [True, False])
def test_a_site_that_was_started_without_renews_is_refused_before_anybody_is_asked_or_anything_sent(
    expired: Fleet, mmpctl: Command, tmp_path: Path, here: bool
) -> None:
    file = sites(expired, tmp_path, renews=here, there=False)
    planned = mmpctl("plan", "--engine", file, *KEEPER_GIVEN, "-o", "json", fleet=expired)
    notes = planned.document["clusters"][0]["notes"]
    assert (planned.code, "--renews" in notes[0], "renews: true" in notes[0]) == (0, True, not here)
    # Of a keeper that is not certain, nobody is asked either: it would be for nothing.
    said = mmpctl("renew", "--engine", file, "--yes", "-o", "json", fleet=expired)
    (cluster,) = said.document["clusters"]
    assert (said.code, cluster["outcome"], "--renews" in cluster["reason"]) == (5, "refused", True)
    assert sent(tmp_path) == [] and not (tmp_path / "cwd" / "runs.sent").exists()


@pytest.mark.gate
def test_a_site_that_does_not_renew_is_not_asked_to(expired: Fleet, mmpctl: Command, tmp_path: Path) -> None:
    file = sites(expired, tmp_path, renews=False)
    said = mmpctl("renew", "--engine", file, "--yes", *KEEPER_GIVEN, "-o", "json", fleet=expired)
    assert (said.code, "does not renew" in said.document["clusters"][0]["reason"]) == (5, True)
    assert not (site_folder(tmp_path) / "runs.tickets").exists()
    resumed = mmpctl("resume", "20260131-120000-abcd", "--engine", file, "--yes", fleet=expired)
    assert resumed.code == 2 and "no site has told of a run" in resumed.err


def test_two_machines_of_one_site_with_folders_of_their_own_begin_nothing_twice(
    expired: Fleet, mmpctl: Command, tmp_path: Path
) -> None:
    programs = []
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        options = ("--certs", str(expired.certificates), "--runs", str(folder / "runs"), "--renews")
        programs.append(site_program(expired, folder, "london", *options))
    # In turn, as a broker gives requests to workers: the plan to the one, the ticket to the other.
    calls = tmp_path / "calls"
    calls.mkdir()
    turns = tmp_path / "turns"
    turns.write_text(
        f"n=$(ls {calls} | wc -l); touch {calls}/$n; [ $((n % 2)) = 0 ] && exec {programs[0]}; exec {programs[1]}\n"
    )
    file = sites_file(tmp_path, {"london": {"address": f"exec:sh {turns}", "renews": True}})
    said = mmpctl("renew", "--engine", file, "--yes", *KEEPER_GIVEN, "-o", "json", fleet=expired)
    (cluster,) = said.document["clusters"]
    assert (said.code, cluster["outcome"]) == (5, "refused")
    assert "another machine of the site london" in cluster["reason"]
    assert accepted(expired) == [] and sent(tmp_path) == []


def test_a_site_that_is_away_is_sent_no_ticket(expired: Fleet, mmpctl: Command, tmp_path: Path) -> None:
    away = "exec:sh -c 'echo \"No route to host\" >&2; exit 255'"
    file = sites_file(tmp_path, {"london": {"address": away, "renews": True}})
    said = mmpctl("renew", "--engine", file, "--yes", *KEEPER_GIVEN, "-o", "json", fleet=expired)
    (cluster,) = said.document["clusters"]
    assert (said.code, cluster["outcome"]) == (5, "refused") and "the site london is away" in cluster["reason"]
    assert said.err.count("No route to host") == 1 and sent(tmp_path) == []


@pytest.mark.parametrize(
    "words",
    [
        ("renew", "--certs", "."),
        ("renew", "--service", "webadmin", "--certs", "."),
        ("renew", "--service", "webbridge3", "--drop-calls", "paris"),
        ("renew", "--workers", "2"),
        ("renew", "--canary", "paris"),
        ("resume", "20260131-120000-abcd", "--certs", "."),
    ],
)
def test_what_cannot_be_asked_of_sites(mmpctl: Command, tmp_path: Path, words: tuple[str, ...]) -> None:
    file = sites_file(tmp_path, dict.fromkeys(("london", "oslo"), "exec:touch asked"))
    said = mmpctl(*words, "--yes", "--engine", file, "-i", SAMPLE)
    assert said.code == 2 and said.out == "" and not Path("asked").exists()
