"""What a person at a desk reads: the place of things is that of the site, and each command that is named works here."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.cluster.database_words import DATABASE_WORDS
from mmpctl.inventory import SAMPLE
from mmpctl.reports import tables
from mmpctl.reports.output import render
from mmpctl.reports.typed import Call
from mmpctl.services.service_words import SERVICE_WORDS
from tests.support import documents
from tests.support.command import Command
from tests.support.many_sites import sites_file


def renewed(reminder: str) -> str:
    """The end of a renewal at a site, on a screen that is wide."""
    told = documents.renewal()
    for one in told["clusters"]:
        one["site"] = "oslo"
    told["asked"], told["reminder"] = {"engine": ["sites.yaml"]}, reminder
    return render(tables.renewal(told), width=400)


def test_a_run_at_a_site_is_not_looked_for_here() -> None:
    run = documents.renewal()["run"]
    told = renewed("reminder.ics")
    assert f"in the folder {run} of the runs at the site oslo" in told
    assert f"runs/{run}" not in told and "reminder.ics" not in told
    assert "on this machine" in repr(DATABASE_WORDS) and "on this machine" not in repr(DATABASE_WORDS.at_site())
    assert SERVICE_WORDS.at_site() == SERVICE_WORDS


@pytest.mark.parametrize(
    ("sites", "told"),
    [
        ([("oslo", True)], "There is no unfinished run at the sites."),
        ([("oslo", True), ("rome", False)], "at the sites that answered; not seen: rome."),
    ],
)
def test_a_site_that_is_away_may_have_an_unfinished_run(sites: list[tuple[str, bool]], told: str) -> None:
    answered = [{"name": name, "answered": there} for name, there in sites]
    assert told in render(tables.unfinished({"unfinished": [], "sites": answered}))
    assert "no unfinished run in /" in render(tables.unfinished({"unfinished": []}))


def test_a_command_names_the_file_of_sites_that_was_given() -> None:
    call = Call("mmpctl", {"resume": frozenset({"--engine"})})
    text = "ask with `mmpctl resume X --engine SITES.yaml`"
    assert call.text(text) == text
    call.give("--engine", "my sites.yaml")
    assert call.text(text) == "ask with `mmpctl resume X --engine 'my sites.yaml'`"
    assert Call("./mmpctl").text("give it to `mmpctl site` there") == "give it to `mmpctl site` there"


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (("audit", "--known-hosts", "known"), "give it to `mmpctl site` there"),
        (("status", "--watch"), "give the command at the site itself"),
        (("runs", "--close", "x", "--reason", "y"), "give the command at the site itself"),
        (("plan", "--by-hand"), "give the command at the site itself"),
    ],
)
def test_what_cannot_be_asked_of_sites_says_where_it_can_be_done(
    mmpctl: Command, words: tuple[str, ...], cure: str, tmp_path: Path
) -> None:
    file = sites_file(tmp_path, dict.fromkeys(("london", "oslo"), "exec:touch asked"))
    inventory = () if words[0] == "runs" else ("-i", SAMPLE)
    said = mmpctl(*words, "--engine", file, *inventory)
    assert said.code == 2 and cure in " ".join(said.err.split())


def test_a_file_of_sites_that_is_not_there_is_to_be_made(mmpctl: Command) -> None:
    said = mmpctl("engine", "check", "-i", SAMPLE)
    assert said.code == 2 and "is not there" in said.err and "Make it" in said.err
