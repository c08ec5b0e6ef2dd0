"""Runs are named by a unique beginning or by `latest`; `resume` alone lists those that are not finished."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from mmpctl.runbooks.runs import last_begun
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.runs_folder import create
from tests.support.command import Command

NOW = datetime(2026, 11, 23, 20, 0, 0, tzinfo=timezone.utc)
REQUEST = {"command": "renew", "clusters": [{"name": "lon-prod", "keeper": "lon-1"}]}


@pytest.fixture
def three(mmpctl: Command) -> list[RunFolder]:
    return [create(Path("runs"), REQUEST, NOW + timedelta(days=day)) for day in range(3)]


def test_a_run_is_found_by_its_beginning_and_as_the_latest(mmpctl: Command, three: list[RunFolder]) -> None:
    assert mmpctl("runs", "20261124", "-o", "json").document["run"] == three[1].name
    assert mmpctl("runs", "latest", "-o", "json").document["run"] == three[2].name
    assert mmpctl("runs", three[0].name, "-o", "json").document["run"] == three[0].name


def test_a_beginning_that_several_runs_have_names_them(mmpctl: Command, three: list[RunFolder]) -> None:
    for words in (("runs", "202611"), ("resume", "202611"), ("runs", "--close", "202611", "--reason", "x")):
        said = mmpctl(*words)
        assert said.code == 2 and "3 runs in runs begin with 202611" in said.err, said
        assert all(run.name in said.err for run in three)


@pytest.mark.parametrize("name", ["2025", "-1124", "", "latest"])
def test_what_no_run_is_called_is_refused(name: str, mmpctl: Command) -> None:
    if name != "latest":
        create(Path("runs"), REQUEST, NOW)
    said = mmpctl("runs", "--", name)
    assert said.code == 2 and f"there is no run {name}" in said.err, said


def test_a_run_is_closed_by_its_beginning(mmpctl: Command, three: list[RunFolder]) -> None:
    said = mmpctl("runs", "--close", "20261123", "--reason", "by hand", "-o", "json")
    assert (said.code, said.document["run"], said.document["state"]) == (0, three[0].name, "closed")


@pytest.mark.parametrize("words", [("runs",), ("resume",), ("runs", "--reason", "x", "--close"), ("runs", "--verify")])
def test_a_folder_that_is_not_called_as_a_run_is_refused_without_effect_on_the_terminal(
    mmpctl: Command, words: tuple[str, ...]
) -> None:
    odd = create(Path("runs"), REQUEST, NOW).path.rename(Path("runs", "copy\x1b[2J\u202e"))
    said = mmpctl(*words, odd)
    assert said.code == 2 and r"copy\x1b[2J\u202e does not have the name of a run" in said.err, said
    assert not {"\x1b", "\u202e"} & set(said.err + said.out)


def test_resume_alone_lists_what_is_not_finished(mmpctl: Command, three: list[RunFolder]) -> None:
    mmpctl("runs", "--close", three[0].name, "--reason", "by hand")
    said = mmpctl("resume")
    assert said.code == 0 and three[0].name not in said.out
    for run in three[1:]:
        assert f"mmpctl resume {run.name}\n" in said.out and f"mmpctl runs {run.name}\n" in said.out
    document = mmpctl("resume", "-o", "json").document
    assert (document["schema"], document["command"], document["run"], document["clusters"]) == (1, "resume", None, [])
    assert [one["run"] for one in document["unfinished"]] == [run.name for run in three[1:]]


def test_resume_alone_names_the_folder_of_the_runs(mmpctl: Command) -> None:
    run = create(Path("other place"), REQUEST, NOW)
    assert f"mmpctl resume {run.name} --runs 'other place'\n" in mmpctl("resume", "--runs", "other place").out


def test_resume_alone_says_that_there_is_nothing(mmpctl: Command) -> None:
    said = mmpctl("resume")
    assert said.code == 0 and "There is no unfinished run" in said.out


def test_a_script_that_forgets_the_run_is_not_told_that_all_is_well(mmpctl: Command, three: list[RunFolder]) -> None:
    said = mmpctl("resume", "--yes")
    assert said.code == 2 and "--yes needs the name of the run" in said.err


@pytest.mark.parametrize("command", ["runs", "resume"])
def test_in_a_folder_without_runs_another_folder_is_proposed(mmpctl: Command, command: str) -> None:
    said = mmpctl(command, "latest", "--runs", "nowhere")
    assert said.code == 2 and "there is no run latest in nowhere" in said.err, said
    assert "--runs" in said.err and "none\n" not in said.err


def test_what_is_resumed_as_the_latest_is_the_last_that_has_not_ended(mmpctl: Command, three: list[RunFolder]) -> None:
    runs = three[0].path.parent
    for ended, left in ((three[2], three[1].name), (three[1], three[0].name), (three[0], None)):
        assert mmpctl("runs", "--close", ended.name, "--reason", "done by hand").code == 0
        assert last_begun(runs) == left
