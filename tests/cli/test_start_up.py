"""Help, version and completion load nothing of what the work needs; each command loads only what is its own.

Looked at is what is loaded, not how long it takes: the same on every machine; `benchmarks/start_up.py` has the ratios.
"""

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
    *("pydantic", "rich", "ruamel", "sqlalchemy", "ttp"),
)
# So many modules has a command's help beside those of typer, at most: a guard against a chain of small ones.
MOST_OF_OURS = 30
ASK = """
import sys
from mmpctl.start import main
try:
    main()
except SystemExit:
    pass
ours = sum(one.partition(".")[0] == "mmpctl" for one in sys.modules)
print("loaded:", ours, *(one for one in HEAVY if one in sys.modules))
"""
COMPLETE = {"_MMPCTL_COMPLETE": "complete_bash"}


def loaded(words: list[str], given: str = "", **environment: str) -> tuple[str, list[str]]:
    """What a command prints, and which of the heavy packages it has loaded."""
    told, heavy, _ = loaded_and_counted(words, given, **environment)
    return told, heavy


def loaded_and_counted(words: list[str], given: str = "", **environment: str) -> tuple[str, list[str], int]:
    """The same, and how many modules of ours it has loaded."""
    program = f"HEAVY = {HEAVY!r}\n{ASK}"
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        input=given,
        env={**os.environ, **environment},
        check=True,
    )
    told, _, last = done.stdout.rpartition("loaded:")
    number, *heavy = last.split()
    return told, heavy, int(number)


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["--version"], []], ids=lambda words: " ".join(words) or "none")
def test_help_and_version_load_nothing_heavy(words: list[str]) -> None:
    assert loaded(words)[1] == []


def test_completion_of_names_loads_nothing_heavy() -> None:
    told, heavy = loaded([], **COMPLETE, COMP_WORDS="mmpctl re", COMP_CWORD="1")
    assert ("renew" in told, "resume" in told, "audit" in told, heavy) == (True, True, False, [])


def commands() -> list[str]:
    """The words of each command, those of groups among them."""
    found = []
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        found += [f"{name} {below}" for below in getattr(command, "commands", {})] or [name]
    return found


COMMANDS = commands()


def test_there_are_as_many_commands_as_the_help_says() -> None:
    assert {words.split()[0] for words in COMMANDS} == set(SUMMARIES) and len(COMMANDS) > len(SUMMARIES)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_loads_nothing_heavy(command: str) -> None:
    told, heavy, ours = loaded_and_counted([*command.split(), "--help"])
    assert "Usage: mmpctl" in told and heavy == [] and ours <= MOST_OF_OURS


def test_help_as_a_command_loads_nothing_heavy() -> None:
    told, heavy = loaded(["help", "renew"])
    assert "--slaves-at-once" in told and heavy == []


@pytest.mark.parametrize(
    ("command", "option"), [("renew", "--slaves-at-once"), ("audit", "--due"), ("lab up", "--minutes")]
)
def test_options_of_a_command_are_completed_and_nothing_heavy_is_loaded(command: str, option: str) -> None:
    typed = f"mmpctl {command} --site london {option[:5]}" if command != "lab up" else f"mmpctl {command} {option[:5]}"
    told, heavy = loaded([], **COMPLETE, COMP_WORDS=typed, COMP_CWORD=str(len(typed.split()) - 1))
    assert option in told and heavy == []


def test_parse_loads_nothing_that_speaks_to_nodes() -> None:
    told, heavy = loaded(["parse", "pki list"], "cms2> pki list\nUser supplied certificates and keys:\na.key\n")
    assert "a.key" in told and heavy == ["ttp"]


def test_the_work_of_a_command_loads_neither_the_lab_nor_the_history() -> None:
    _, heavy = loaded(["audit", "-i", os.devnull])
    assert "nornir" in heavy and not {"asyncssh", "sqlalchemy", "mmpctl.lab"} & set(heavy)


def test_what_is_listed_is_what_each_command_says_of_itself() -> None:
    group = typer.main.get_command(app)
    commands = group.commands  # type: ignore[attr-defined]
    assert list(commands) == list(SUMMARIES)
    for name, command in commands.items():
        assert (command.name, command.help.split("\n\n")[0]) == (name, SUMMARIES[name])
