"""Plain English, as far as a machine can tell: what users read has no inverted condition, and advice is a sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Folders and files of the repository whose texts users read.
PLACES = (
    "mmpctl/certificates",
    "mmpctl/device",
    "mmpctl/errors.py",
    "mmpctl/history",
    "mmpctl/plain_yaml.py",
    "mmpctl/reports",
    "mmpctl/trusted.py",
    "inventory",
    "runbooks/cli.py",
    "runbooks/commands",
    "runbooks/demo.py",
    "runbooks/extras.py",
    "runbooks/init.py",
    "runbooks/lab.py",
    "runbooks/options.py",
)
NOT_PLAIN = {
    "a condition begins with if": re.compile(
        r"[,;:.(] [Ww]here |(?:^|[.:;] )(?:Is|Was|Does|Has) [^?]*[:,]",
    ),
    "nodes report and show": re.compile(r"\b(?:node|nodes|device)(?:'s|s')? (?:own )?(?:says?|said|word|words|view)\b"),
    "no what as a noun": re.compile(r"\b[Ww]hat is (?:left|wrong|under way|safe)\b"),
    "known slips": re.compile(r"\b(?:Know before|is for people|Who expires|to the letter|anew)\b"),
}


def literals(path: Path) -> Iterator[tuple[int, str, bool]]:
    """The texts of a module without its docstrings: line, text with `…` for inserted words, whether it is advice."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    advice = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.keyword) and one.arg == "advice"}
    skipped = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    skipped |= {id(part) for one in ast.walk(tree) if isinstance(one, ast.JoinedStr) for part in one.values}
    for one in ast.walk(tree):
        if id(one) in skipped:
            continue
        if isinstance(one, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "…" for part in one.values)
            yield one.lineno, "".join(str(part) for part in parts), id(one) in advice
        elif isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.lineno, one.value, id(one) in advice


def texts() -> Iterator[tuple[str, str, bool]]:
    for place in PLACES:
        path = ROOT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            for line, text, advice in literals(file):
                yield f"{file.relative_to(ROOT)}:{line}", text, advice


def complaints(text: str) -> list[str]:
    return [rule for rule, pattern in NOT_PLAIN.items() if pattern.search(text)]


def is_sentence(text: str) -> bool:
    """Whether advice begins with a capital, a command, an option or a name, and ends as a sentence does."""
    return text == "" or bool(re.match(r"[A-Z`…-]", text) and re.search(r"[.?…]$", text))


def test_every_text_is_plain() -> None:
    assert [(where, text, rules) for where, text, _ in texts() if (rules := complaints(text))] == []


def test_advice_is_a_sentence() -> None:
    given = [(where, text) for where, text, advice in texts() if advice]
    assert len(given) > 100
    assert [(where, text) for where, text in given if not is_sentence(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Is it another, or does it say that the node is in a cluster already: press Enter alone",
        "remove it, where it stays so",
        "the node's own words did not prove it",
        "the device said nothing",
        "what is under way is being finished",
        "--watch is for people",
    ],
)
def test_a_slip_is_noticed(text: str) -> None:
    assert complaints(text)


@pytest.mark.parametrize("text", ["take it out", "Take it out", "take it out."])
def test_advice_that_is_no_sentence_is_noticed(text: str) -> None:
    assert not is_sentence(text)
