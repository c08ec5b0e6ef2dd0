"""Every pattern of the package, with the ways in which it is used, and texts that a hostile node may send to it."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from ttp import ttp

import mmpctl
from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.device.commands.service import SERVICES
from mmpctl.device.questions import _table
from tests.support.answers import CASES

WAYS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split")
# The pieces of which hostile texts are made; literals of the pattern itself, which nearly match, come on top.
PIECES = (
    *(
        " ",
        "\t",
        "\n",
        "\r",
        "-",
        "a",
        "A",
        "0",
        ".",
        "_",
        ":",
        "=",
        "/",
        ",",
        "(",
        "'",
        "\x1b",
        "\r ",
        " \n",
        "a ",
        "A\n",
    ),
    *("a:", "0.", "aa:", ".a ", "00:", "password", "password ", "expired ", "not found ", "not found: "),
)
# Texts for one pattern: enough to meet each kind of piece after each kind of beginning.
MOST = 400
_ROOT = Path(__file__).parents[2]
# A name, and the method of a pattern that is called on it.
_USE = re.compile(rf"(\w+)\s*\.\s*({'|'.join(WAYS)})\b")


@dataclass(frozen=True)
class Hostile:
    """A text that goes on and on: a beginning, a piece again and again, and an end that does not fit."""

    begin: str
    piece: str
    end: str

    def of(self, size: int) -> str:
        """The text, of about so many characters."""
        return self.begin + self.piece * (size // len(self.piece)) + self.end


@dataclass(frozen=True)
class Pattern:
    """One compiled pattern.

    Args:
        name: where it stands.
        regex: the pattern.
        ways: the methods by which the package uses it.
        beginnings: of texts that it was made for.
        framed: TTP puts line ends around each text that the pattern sees.
    """

    name: str
    regex: re.Pattern[Any]
    ways: tuple[str, ...]
    beginnings: tuple[str, ...] = ()
    framed: bool = False

    def used_on(self, text: str) -> None:
        """Use it on a text in each way that the package does."""
        text = f"\n{text}\n\n" if self.framed else text
        given: Any = text.encode() if isinstance(self.regex.pattern, bytes) else text
        for way in self.ways:
            if way in ("sub", "subn"):
                self.regex.subn(given[:0], given)
            elif way == "finditer":
                list(self.regex.finditer(given))
            else:
                getattr(self.regex, way)(given)


def sources() -> Iterator[tuple[Path, ast.Module]]:
    """The modules of the package as syntax trees."""
    for path in _modules():
        yield path, ast.parse(path.read_text("utf-8"))


def patterns() -> Iterator[Pattern]:
    """All of them: of modules, of the vocabulary, and of the templates."""
    ways = _ways()
    for module in pkgutil.walk_packages(mmpctl.__path__, "mmpctl."):
        if module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, re.Pattern):
                yield Pattern(f"{module.name}.{name}", value, _known(ways, module.name, name))
            for number, one in enumerate(_within(value), start=1):
                yield Pattern(f"{module.name}.{name} {number}", one, ("search", "sub"))
    for field in fields(vocabulary()):
        value = getattr(vocabulary(), field.name)
        if isinstance(value, re.Pattern):
            yield Pattern(f"vocabulary.{field.name}", value, _known(ways, "", field.name))
    yield Pattern("questions.forbidden", _table().forbidden, ("search",))
    folder = files("mmpctl") / "templates" / "ttp"
    for template in sorted(one.name for one in folder.iterdir() if one.name.endswith(".ttp")):
        lines = _lines(template.removesuffix(".ttp"))
        for number, regex in enumerate(_rules(ttp(template=(folder / template).read_text("utf-8"))), start=1):
            own = [line for line in lines if regex.search(f"\n{line}\n\n")]
            beginnings = tuple(_beginnings(own)) if len(own) < len(lines) else ()
            yield Pattern(f"{template} rule {number}", regex, ("finditer",), beginnings, framed=True)


def texts(pattern: Pattern) -> list[Hostile]:
    """Hostile texts for a pattern: a sample of all that its own words and common pieces make.

    Args:
        pattern: its own words are used, and the beginnings of what it was made for.
    """
    words = tuple(dict.fromkeys(_literals(pattern.regex)))[:16]
    begins = dict.fromkeys(("", "a", "\n", "\na", *words, *(f"\n{word}" for word in words), *pattern.beginnings))
    pieces = dict.fromkeys((*PIECES, *words, *(f"{word} " for word in words), *(f"{word}\n" for word in words)))
    ends = ("", "\x00", " (", ":", "\n!")
    made = [Hostile(begin, piece, end) for begin in begins for piece in pieces for end in ends]
    return made if len(made) <= MOST else random.Random(pattern.name).sample(made, MOST)  # noqa: S311 - a choice, no secret


def _within(value: object) -> Iterator[re.Pattern[str]]:
    """The patterns of a table; a pattern alone is none of one."""
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple | list) else ()
    for part in parts:
        if isinstance(part, re.Pattern):
            yield part
        else:
            yield from _within(part)


def _modules() -> Iterator[Path]:
    for folder in ("mmpctl", "runbooks", "tasks", "inventory"):
        yield from (path for path in sorted((_ROOT / folder).rglob("*.py")) if path.resolve() == path)


def _known(ways: dict[str, set[str]], module: str, name: str) -> tuple[str, ...]:
    # One that its module hands on is used there as a parameter; only a public one by other modules, under its name.
    handed_on = f"{module} pattern" if name.startswith("_") else f" {name}"
    return tuple(sorted(ways.get(f"{module} {name}") or ways.get(handed_on) or {"fullmatch"}))


def _ways() -> dict[str, set[str]]:
    # As text: each process of the tests reads it, and syntax trees take a second. What a comment names is tried, too.
    found: dict[str, set[str]] = {}
    for path in _modules():
        parts = path.relative_to(_ROOT).with_suffix("").parts
        module = ".".join(parts if parts[0] == "mmpctl" else ("mmpctl", *parts))
        for name, way in _USE.findall(path.read_text("utf-8")):
            for place in (module, ""):
                found.setdefault(f"{place} {name}", set()).add(way)
    return found


def _rules(parser: Any) -> Iterator[re.Pattern[str]]:
    for template in parser._templates:
        for group in template.groups:
            for rule in (*group.start_re, *group.re, *group.end_re):
                yield rule["REGEX"]


def _literals(pattern: re.Pattern[Any]) -> Iterator[str]:
    """The words in a pattern, with their signs: what a text must hold to match nearly."""
    source = pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern
    yield from (
        word for word in re.findall(r"[A-Za-z<-][A-Za-z:=(/<-]{2,}(?: [A-Za-z:=(/-]+)*", source) if "[" not in word
    )


def _lines(command: str) -> list[str]:
    """Real lines of a command's answers, one of each shape."""
    found = {
        re.sub(r"[0-9a-f]{2}(?=:)|\d+", "0", line): line
        for folder in (SERVICES if command == "service" else (command,))
        for path in sorted((CASES / folder).glob("*.raw"))
        for line in path.read_text("utf-8").splitlines()
        if len(line) < 100
    }
    return list(found.values())


def _beginnings(lines: list[str]) -> dict[str, None]:
    """The lines cut after each word, each sign and each blank."""
    return dict.fromkeys(line[: end.end()] for line in lines for end in re.finditer(r"[\w.]+|\s+|\W", line))
