"""Commands in texts for people: with the program's path, and the options that are in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.reports.typed import Call, program

TAKES = {"resume": frozenset({"--inventory", "-i", "--runs"}), "runs": frozenset({"--runs"}), "parse": frozenset[str]()}


def called() -> Call:
    call = Call(".venv/bin/mmpctl", TAKES)
    call.give("--inventory", "my fleet")
    call.give("--runs", "r")
    return call


@pytest.mark.parametrize(
    ("plain", "typed"),
    [
        ("mmpctl resume X", ".venv/bin/mmpctl resume X --inventory 'my fleet' --runs r"),
        ("mmpctl resume X --runs other", ".venv/bin/mmpctl resume X --runs other --inventory 'my fleet'"),
        ("mmpctl runs --close X --reason TEXT", ".venv/bin/mmpctl runs --close X --reason TEXT --runs r"),
        ("mmpctl parse", ".venv/bin/mmpctl parse"),
        ("mmpctl", ".venv/bin/mmpctl"),
        ("database cluster remove", "database cluster remove"),
    ],
)
def test_a_command_has_the_options_that_it_takes(plain: str, typed: str) -> None:
    assert called().command(plain) == typed


def test_commands_between_backticks_are_completed_and_nothing_else() -> None:
    text = "`mmpctl runs X` shows it, mmpctl resume does not; type `database cluster remove`, not `mmpctlx`."
    assert called().text(text) == text.replace("`mmpctl runs X`", "`.venv/bin/mmpctl runs X --runs r`")


def test_who_has_typed_nothing_reads_the_plain_form() -> None:
    assert Call().text("see `mmpctl runs X`") == "see `mmpctl runs X`"


def test_the_program_is_named_by_its_path_unless_the_shell_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "my env" / "mmpctl"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.setattr("sys.argv", [str(script)])
    monkeypatch.setenv("PATH", "/nowhere")
    assert program() == f"'{script}'"
    monkeypatch.setenv("PATH", str(script.parent))
    assert program() == "mmpctl"
    monkeypatch.setattr("sys.argv", ["runbook.py"])
    assert program() == "mmpctl"
