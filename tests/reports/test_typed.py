"""Commands in texts for people: with the program's path, and the options that are in force."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mmpctl.reports import tables
from mmpctl.reports.lab_table import lab as lab_table
from mmpctl.reports.output import render
from mmpctl.reports.typed import Call, program
from mmpctl.reports.typed import called as in_force
from tests.support import documents

DUE = [{"severity": "due", "message": "server.cer expires on 2026-12-10"}]

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


def test_a_backup_by_sites_names_no_folder_of_this_machine() -> None:
    call = Call("mmpctl", {"backup": frozenset({"--engine"})})
    command = "mmpctl backup --to DIR --host lon-1"
    assert call.command(command) == command
    call.give("--engine", "sites.yaml")
    assert call.command(command) == "mmpctl backup --host lon-1 --engine sites.yaml"


def test_commands_between_backticks_are_completed_and_nothing_else() -> None:
    text = "`mmpctl runs X` shows it, mmpctl resume does not; type `database cluster remove`, not `mmpctlx`."
    assert called().text(text) == text.replace("`mmpctl runs X`", "`.venv/bin/mmpctl runs X --runs r`")


def test_what_is_printed_to_begin_with_names_the_program_by_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    beginning: Any = {
        "schema": 1,
        "command": "init",
        "folder": "f",
        "files": [],
        "kept": [],
        "edit": "f/hosts.yaml",
        "next": ["cd f", "mmpctl trust"],
    }
    with in_force(called()):
        lab = render(lab_table(documents.lab()))
        init = render(tables.init(beginning))
    assert "\n.venv/bin/mmpctl audit\n" in lab and "\nmmpctl" not in lab
    assert f"\n  {tmp_path}/.venv/bin/mmpctl trust\n" in init and "\n  cd f\n" in init
    assert "\n  mmpctl trust\n" in render(tables.init(beginning))


def test_a_remark_of_the_status_names_its_command_as_it_can_be_typed() -> None:
    document = documents.status()
    node = document["clusters"][0]["nodes"][0]
    node["certificates"] = [{"severity": "due", "days_left": 9, "findings": DUE * 2}]
    with in_force(called()):
        assert "(and 1 more: `.venv/bin/mmpctl audit`)" in render(tables.status(document), width=200)


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


def test_usage_and_its_errors_name_the_program_by_its_path(tmp_path: Path) -> None:
    script = tmp_path / "mmpctl"
    script.write_text("from mmpctl.cli.app import main\nmain()\n")

    def typed(*arguments: str) -> str:
        command = [sys.executable, str(script), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False).stderr

    def shown(*arguments: str) -> str:
        command = [sys.executable, str(script), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout

    wrong = typed("audit", "--frobnicate")
    assert f"Try '{script} audit -h' for help." in wrong and f"Usage: {script} audit " in wrong
    assert f"Try '{script} -h' for help." in typed("frobnicate")
    assert f"\n    {script} audit --site london" in shown("audit", "--help")
    assert f"`{script} help audit`" in typed("help", "audit", "x")
