"""Whatever command or option a page, a script or a message names is there, so that nobody is sent to what is not."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import typer

from mmpctl.cli.app import app
from tests.support.texts import ROOT, literals, modules

# What changed names commands as they were then; what is made from the commands is compared with them elsewhere.
PAGES = [
    path
    for pattern in ("*.md", "docs/*.md", "monitoring/**/*", "examples/**/*", "templates/init/*", "inventory/*.yaml")
    for path in sorted(ROOT.glob(pattern))
    if path.is_file() and path.suffix != ".pyc" and path.name not in ("CHANGELOG.md", "commands.md")
]
# Options of other programs that stand alone between backticks.
OF_OTHERS = {"--kill-whom"}
ANY = re.compile(r"[A-Z]+|[{<…$].*")


@lru_cache(maxsize=1)
def known() -> dict[tuple[str, ...], frozenset[str]]:
    """The options of each command, by its words."""
    return dict(_known(typer.main.get_command(app), ()))


def _known(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], frozenset[str]]]:
    options = [one for given in command.params for one in (*given.opts, *given.secondary_opts)]
    yield words, frozenset(["--help", *options])
    for name, below in getattr(command, "commands", {}).items():
        yield from _known(below, (*words, name))


def every_option() -> frozenset[str]:
    return frozenset().union(*known().values())


def lines_of(text: str) -> Iterator[str]:
    """What a page shows as typed: lines that are nothing but a command, and what stands between backticks."""
    yield from re.findall(r"^[ \t#|-]*(?:\S*/)?(mmpctl .+)$", text, re.MULTILINE)
    # What the shell completes is not typed to its end.
    yield from re.findall(r"`(?:[^`\s]*/)?(mmpctl [^`]+)`(?! TAB)", text)


def wrong_in(line: str) -> str | None:
    """What is wrong with a command line; None if nothing is."""
    try:
        words = shlex.split(line, comments=True)[1:]
    except ValueError:
        words = line.split()[1:]
    path: tuple[str, ...] = ()
    for place, word in enumerate(words):
        if word in ("--", "|", ">", ";", "&&"):
            break
        option = word.partition("=")[0].rstrip(",.;:)")
        if re.fullmatch(r"--?[a-zA-Z][\w-]*", option):
            if option not in known()[path]:
                return f"mmpctl {' '.join(path)} has no {option}: {line}"
        elif (*path, word) in known():
            path = (*path, word)
        elif not path and not ANY.fullmatch(word):
            return f"there is no mmpctl {word}: {line}" if place == 0 else None
        elif not path:
            # A name in place of a command: whatever follows may be of any.
            return None
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [wrong for line in lines_of(text) if (wrong := wrong_in(line))] == []
    assert set(re.findall(r"`(--[a-z][\w-]+)", text)) - every_option() - OF_OTHERS == set()


def test_what_messages_name_is_there() -> None:
    texts = [text for file in modules() for _, text in literals(ast.parse(file.read_text(encoding="utf-8")))]
    lines = [line for text in texts for line in re.findall(r"`(mmpctl [^`]+)`", text)]
    assert len(lines) > 100
    assert [wrong for line in lines if (wrong := wrong_in(line))] == []
    # A word alone is an argument of a program, ours or another's.
    options = {one for text in texts if " " in text for one in re.findall(r"(?<![\w-])(--[a-z][\w-]+)", text)}
    assert len(options) > 50
    assert options - every_option() == set()


@pytest.mark.parametrize(
    "line",
    [
        "mmpctl renwe --cluster london",
        "mmpctl runs RUN --finish",
        "mmpctl status --certs new-certs",
        "mmpctl ca renew our-ca --rot  # both",
    ],
)
def test_what_is_not_there_is_found(line: str) -> None:
    assert wrong_in(line)


@pytest.mark.parametrize(
    "line",
    [
        "mmpctl runs --close RUN --reason TEXT",
        "mmpctl COMMAND --help",
        "mmpctl --debug site …",
        "mmpctl sign requests --command 'openssl x509 -req -in {csr}'",
        "mmpctl worker --site oslo -- ./site --mine",
        "mmpctl {command} --certs DIR",
    ],
)
def test_what_is_there_is_left_alone(line: str) -> None:
    assert wrong_in(line) is None


def test_the_reference_has_every_command_extra_and_schema() -> None:
    reference = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in reference.splitlines() if line.startswith("| `")]
    alone = {words for words in known() if words and not any(each[:-1] == words for each in known())}
    told = {words for words in alone if any(re.search(rf"`{' '.join(words)}\b", row) for row in rows)}
    assert len(alone) > 20
    assert alone - told == set()
    extras = re.search(
        r"^\[project\.optional-dependencies\]$(.*?)^\[", (ROOT / "pyproject.toml").read_text(), re.M | re.S
    )
    assert extras is not None
    names = re.findall(r"^([\w-]+) = \[", extras[1], re.MULTILINE)
    assert len(names) > 2
    assert [name for name in names if f"'.[{name}]'" not in reference] == []
    schemas = [path.name for path in (ROOT / "mmpctl" / "documents" / "schemas").glob("*.json")]
    assert len(schemas) > 30
    assert [name for name in schemas if f"`{name}`" not in reference and not _is_described(name, reference)] == []


def _is_described(schema: str, reference: str) -> bool:
    """Whether the reference tells how its name is made: of an answer of the device, or of a command."""
    return schema.startswith("parse-") or f"`{schema.removesuffix('.json')}`" in reference
