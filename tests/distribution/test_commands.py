"""The help of every command is complete, fits its width, and is the same in the reference and the manual page."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer

from mmpctl.cli.app import app
from mmpctl.cli.guide import GUIDES
from mmpctl.exit_codes import MEANINGS
from tests.distribution.commands import MANUAL, PAGE, entries, manual, page
from tests.support.command import Command, mmpctl

__all__ = ["mmpctl"]

REFERENCE = Path(__file__).parents[2] / "docs" / "reference.md"
EVERY = list(GUIDES)


def all_commands(group: Any, words: str = "") -> dict[str, Any]:
    """Every command and group, by its words."""
    found = {words: group}
    for name, command in getattr(group, "commands", {}).items():
        found |= all_commands(command, f"{words} {name}".strip())
    return found


def test_every_command_has_examples_and_exit_codes() -> None:
    assert set(all_commands(typer.main.get_command(app))) == set(GUIDES)


@pytest.mark.parametrize("columns", ["60", "80", "200"])
@pytest.mark.parametrize("words", EVERY)
def test_help_fits_the_width(words: str, columns: str, mmpctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    said = mmpctl(*words.split(), "--help")
    copied = tuple(GUIDES[words].examples)
    assert said.code == 0
    # A command to be copied stays whole, however narrow it is.
    long = [line for line in said.out.splitlines() if len(line) > min(int(columns), 100) and line.strip() not in copied]
    assert long == []


@pytest.mark.parametrize("words", EVERY)
def test_help_has_examples_exit_codes_and_words_for_values(words: str, mmpctl: Command) -> None:
    said = mmpctl(*words.split(), "--help")
    for example in GUIDES[words].examples:
        assert f"    {example}\n" in said.out
    for code in GUIDES[words].codes:
        assert re.search(rf"^ +{code}  \w", said.out, re.MULTILINE), code
    # The name of a type says nothing about what is meant.
    assert not re.search(r"^ +-.*<|<[\w\[\]]+>", said.out, re.MULTILINE)
    assert not re.search(r"^Usage: .*[{}]", said.out, re.MULTILINE)


@pytest.mark.parametrize("words", ["", "lab", "inventory"])
def test_summaries_are_whole_in_eighty_columns(words: str, mmpctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listed = mmpctl(*words.split(), "--help").out.partition("Commands:")[2].partition("Examples:")[0]
    lines = listed.strip().splitlines()
    assert lines and all(line.endswith(".") and not line.endswith("..") for line in lines), listed


@pytest.mark.parametrize("words", EVERY)
def test_help_of_a_command_is_its_own(words: str, mmpctl: Command) -> None:
    assert mmpctl("help", *words.split()).out == mmpctl(*words.split(), "--help").out


def test_help_of_what_is_no_command(mmpctl: Command) -> None:
    said = mmpctl("help", "renw")
    assert said.code == 2 and "mmpctl has no command 'renw'" in said.err and "Did you mean renew?" in said.err
    said = mmpctl("help", "renew", "now")
    assert said.code == 2 and "mmpctl help renew" in said.err


def test_every_example_is_a_command_line_that_is_understood() -> None:
    group: Any = typer.main.get_command(app)
    assert sum(len(guide.examples) for guide in GUIDES.values()) >= len(GUIDES) > 10
    for guide in GUIDES.values():
        for example in guide.examples:
            # Parsing refuses unknown options and missing values, and runs nothing.
            shell = example.split(" < ")[0]
            words = [word.strip("'") for word in re.findall(r"'[^']*'|\S+", shell)][1:]
            command, rest = group, words
            while getattr(command, "commands", None):
                command, rest = command.commands[rest[0]], rest[1:]
            command.make_context(words[0], rest)


def test_exit_codes_are_those_of_the_reference() -> None:
    listed = re.findall(r"^\| (\d+) \| ", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(code) for code in listed] == list(MEANINGS)


def test_the_reference_and_the_manual_are_made_from_the_commands() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.distribution.commands"
    assert MANUAL.read_text(encoding="utf-8") == manual(), "run python -m tests.distribution.commands"


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_the_manual_is_understood_by_man() -> None:
    formatted = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-P-cbou", str(MANUAL)], capture_output=True, text=True, check=True
    )
    assert formatted.stderr == ""
    for one in entries():
        assert f"mmpctl {one.words}" in formatted.stdout
