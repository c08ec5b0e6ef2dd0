"""Help, version and completion load nothing of what the work needs; each command loads only what is its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import typer

from mmpctl.cli.app import app
from mmpctl.cli.guide import SUMMARIES

HEAVY = (
    *("asyncssh", "cryptography", "jinja2", "mmpctl.lab", "netmiko", "nornir", "paramiko"),
    *("rich", "ruamel", "sqlalchemy", "ttp"),
)
ASK = """
import sys
from mmpctl.start import main
try:
    main()
except SystemExit:
    pass
print("loaded:", *(one for one in HEAVY if one in sys.modules))
"""
COMPLETE = {"_MMPCTL_COMPLETE": "complete_bash"}


def loaded(words: list[str], **environment: str) -> tuple[str, list[str]]:
    """What a command prints, and which of the heavy packages it has loaded."""
    program = f"HEAVY = {HEAVY!r}\n{ASK}"
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=True,
    )
    told, _, last = done.stdout.rpartition("loaded:")
    return told, last.split()


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["--version"], []], ids=lambda words: " ".join(words) or "none")
def test_help_and_version_load_nothing_heavy(words: list[str]) -> None:
    assert loaded(words)[1] == []


def test_completion_of_names_loads_nothing_heavy() -> None:
    told, heavy = loaded([], **COMPLETE, COMP_WORDS="mmpctl re", COMP_CWORD="1")
    assert ("renew" in told, "resume" in told, "audit" in told, heavy) == (True, True, False, [])


def test_options_of_a_command_are_completed() -> None:
    told, _ = loaded([], **COMPLETE, COMP_WORDS="mmpctl renew --slaves", COMP_CWORD="2")
    assert "--slaves-at-once" in told


def test_a_command_loads_neither_the_lab_nor_the_history() -> None:
    told, heavy = loaded(["audit", "--help"])
    assert "--due" in told and not {"asyncssh", "sqlalchemy", "mmpctl.lab"} & set(heavy)


def test_what_is_listed_is_what_each_command_says_of_itself() -> None:
    group = typer.main.get_command(app)
    commands = group.commands  # type: ignore[attr-defined]
    assert list(commands) == list(SUMMARIES)
    for name, command in commands.items():
        assert (command.name, command.help.split("\n\n")[0]) == (name, SUMMARIES[name])
