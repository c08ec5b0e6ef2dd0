"""Texts that users read are plain English: no inverted questions, no words that nodes say, advice in sentences."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# The folders and files whose texts are held to the rules.
PLACES = (
    "runbooks",
    "mmpctl/cluster",
    "mmpctl/runs",
    "tasks",
    "mmpctl/reports/by_hand.py",
)

FORBIDDEN = (
    (re.compile(r"(^|[.;:] )(Is|Does|Was|Says) (it|he|they)\b(?!.*\?)"), "a condition begins with if"),
    (
        re.compile(r"\bwhat is (under way|left to do)|\bwhat was begun\b|\bis under way\b"),
        "name the steps or operations",
    ),
    (
        re.compile(r"\bdead for good\b(?<!if it is dead for good)(?<!If it is dead for good)"),
        "a condition begins with if",
    ),
    (re.compile(r"\b(node|device|clock|prompt|lon-\d) (says|tells|names)\b"), "nodes report and show"),
    (
        re.compile(r"\{(node|other|own|me)\.name\}('s (clock|prompt))? (says|tells|names|sees)\b"),
        "nodes report and show",
    ),
    (re.compile(r"\bcalls itself\b"), "nodes report and show"),
    (re.compile(r"\b(end|ended) this run\b|\bbegin anew\b|\brenew anew\b"), "a run is closed, and a new one started"),
    (re.compile(r"\bat home\b"), "a backup is on this machine"),
    (re.compile(r"\bEnter alone\b"), "press Enter only"),
)


def files() -> list[Path]:
    places = [ROOT / place for place in PLACES]
    return [file for place in places for file in ([place] if place.is_file() else sorted(place.rglob("*.py")))]


def read(file: Path) -> tuple[ast.Module, dict[ast.AST, ast.AST]]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return tree, {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}


def shown(node: ast.AST) -> str | None:
    """A literal as a user reads it, with the expressions in braces; None for what is no literal, or bytes."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(
            shown(part) or "" if isinstance(part, ast.Constant) else f"{{{ast.unparse(part.value)}}}"
            for part in node.values
            if isinstance(part, (ast.Constant, ast.FormattedValue))
        )
    return None


def texts(file: Path) -> Iterator[tuple[str, str]]:
    """Every literal of a module that is no docstring, with its place."""
    tree, parents = read(file)
    for node in ast.walk(tree):
        text = shown(node)
        inner = isinstance(parents.get(node), (ast.JoinedStr, ast.FormattedValue, ast.Expr))
        if text is not None and not inner:
            yield f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", text


def advice(file: Path) -> Iterator[tuple[str, str]]:
    """Every literal that is given as `advice=`, with its place."""
    for node in ast.walk(read(file)[0]):
        if isinstance(node, ast.keyword) and node.arg == "advice":
            choices = [node.value.body, node.value.orelse] if isinstance(node.value, ast.IfExp) else [node.value]
            for choice in choices:
                if text := shown(choice):
                    yield f"{file.relative_to(ROOT)}:{choice.lineno}", text


def wrong_words(text: str) -> list[str]:
    return [rule for pattern, rule in FORBIDDEN if pattern.search(text)]


def is_sentence(text: str) -> bool:
    """It begins with a capital (or a command, or a value) and ends with a full stop or a question mark."""
    return bool(re.match(r"[A-Z`{]", text)) and bool(re.search(r"[.?}]$", text))


@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_texts_are_plain_english(file: Path) -> None:
    assert [(place, rule, text) for place, text in texts(file) for rule in wrong_words(text)] == []


@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_advice_is_a_sentence(file: Path) -> None:
    assert [(place, text) for place, text in advice(file) if not is_sentence(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Is it refused because clustering is enabled, the node has not left",
        "Was it finished by hand, and does it work: end it",
        "bring it back; where it is dead for good, renew",
        "the node says Enabled",
        "{node.name} names lon-2 as master",
        "{node.name}'s clock says noon",
        "stopping: what is under way is being finished",
        "then end this run",
        "its backup is not at home",
    ],
)
def test_what_was_hard_to_read_is_found(text: str) -> None:
    assert wrong_words(text)


@pytest.mark.parametrize("text", ["look at the node first", "Look at the node first", "look at the node first."])
def test_advice_that_is_no_sentence_is_found(text: str) -> None:
    assert not is_sentence(text)
