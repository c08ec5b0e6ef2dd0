"""Severities are defined, ordered and compared in one place."""

from __future__ import annotations

import ast
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mmpctl
from mmpctl.severity import BAD, STATES, WRONG, Severity, rank, worst

_PACKAGE = Path(mmpctl.__file__).parent
_WORDS = frozenset(map(str, Severity))


def test_the_worst_comes_first_and_a_note_last() -> None:
    assert [*map(str, Severity)] == ["expired", "unfit", "unknown", "due", "ok", "note"]
    assert sorted(Severity, key=lambda one: one.rank) == [*Severity]
    assert "".join(one.sign for one in Severity) == "✗✗?!✓·"


def test_states_are_what_a_certificate_can_be() -> None:
    assert (*WRONG, Severity.OK) == STATES
    assert set(Severity) - set(STATES) == {Severity.NOTE}
    assert set(BAD) < set(WRONG)


@given(st.lists(st.sampled_from([*map(str, Severity)])))
def test_the_worst_of_some_is_none_of_the_notes(told: list[str]) -> None:
    counted = [one for one in told if one != "note"]
    assert worst(told) == (sorted(counted, key=[*map(str, Severity)].index)[0] if counted else "ok")


def test_a_word_of_a_newer_release_is_as_bad_as_unknown() -> None:
    assert Severity.read("grave") is Severity.UNKNOWN
    assert rank("grave") == Severity.UNKNOWN.rank
    for told in permutations(("ok", "grave", "due")):
        assert worst(told) is Severity.UNKNOWN


@pytest.mark.parametrize("where", ["", "runbooks", "tasks"])
def test_no_module_orders_or_compares_severities_by_words_of_its_own(where: str) -> None:
    found = [
        f"{path.relative_to(_PACKAGE)}: {ast.unparse(node)}"
        for path in (_PACKAGE / where).rglob("*.py")
        if path.name != "severity.py" and "lab" not in path.relative_to(_PACKAGE).parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if _is_a_list_of_them(node) or _is_compared(node)
    ]
    assert found == []


def _is_a_list_of_them(node: ast.AST) -> bool:
    if isinstance(node, ast.Dict):
        # Keys of a document, each filled by the severity itself: mypy holds them against the document's type.
        filled = all(f"Severity.{_text(key).upper()}" in ast.unparse(value) for key, value in _of_severities(node))
        return len(_of_severities(node)) > 2 and not filled
    return isinstance(node, ast.Tuple | ast.List | ast.Set) and len(_WORDS & {*map(_text, node.elts)}) > 1


def _of_severities(node: ast.Dict) -> list[tuple[ast.AST | None, ast.AST]]:
    return [(key, value) for key, value in zip(node.keys, node.values, strict=True) if _text(key) in _WORDS]


def _is_compared(node: ast.AST) -> bool:
    if not isinstance(node, ast.Compare):
        return False
    sides = [node.left, *node.comparators]
    told = [one for side in sides for one in (side.elts if isinstance(side, ast.Tuple | ast.Set) else [side])]
    return any("severit" in ast.unparse(side) for side in sides) and bool(_WORDS & {*map(_text, told)})


def _text(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
