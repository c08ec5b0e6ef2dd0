from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

import mmpctl
from mmpctl.findings import FLEET_RULES, RULES
from mmpctl.findings.finding import Finding, as_deployed, refusal
from mmpctl.severity import Severity


@pytest.mark.parametrize("id_", RULES)
def test_every_rule_names_the_file_in_message_and_cure(id_: str) -> None:
    rule = RULES[id_]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id_)
    assert Severity.OK not in (rule.severity, rule.deployed)
    assert "{file}" in rule.message
    assert "{file}" in rule.cure or "{quoted}" in rule.cure


@pytest.mark.parametrize("id_", FLEET_RULES)
def test_every_rule_of_nodes_and_clusters_says_what_is_wrong_and_what_to_do(id_: str) -> None:
    rule = FLEET_RULES[id_]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id_)
    assert Severity.OK not in (rule.severity, rule.deployed)
    assert "{file}" not in rule.message + rule.cure, "there is no file"
    assert rule.cure == "{cure}" or rule.cure.endswith(".")


@lru_cache(maxsize=1)
def makers() -> tuple[ast.Module, ...]:
    """The modules that make findings: those that call `finding`, which the tables and their explanations do not."""
    package = Path(mmpctl.__file__).parent
    # A search does not go through links, and two of the rooms are linked into the package.
    paths = [path for room in (".", "runbooks", "tasks") for path in sorted((package / room).rglob("*.py"))]
    texts = [text for text in (path.read_text(encoding="utf-8") for path in paths) if "finding(" in text]
    return tuple(tree for tree in map(ast.parse, texts) if any(map(_makes, ast.walk(tree))))


def _makes(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "finding"


def made() -> set[str]:
    """Every id that such a module can make a finding of: it stands there as a text of its own."""
    nodes = (node for tree in makers() for node in ast.walk(tree))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_rule_is_one_that_something_makes_a_finding_of() -> None:
    rules = {*RULES, *FLEET_RULES}
    assert rules - made() == set()
    assert {"no-such-rule", "not-a-finding"} - made() == {"no-such-rule", "not-a-finding"}


def test_nothing_makes_a_finding_without_a_rule() -> None:
    calls = [node for tree in makers() for node in ast.walk(tree) if isinstance(node, ast.Call) and _makes(node)]
    ids = {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}
    assert len(ids) > len(RULES) / 2
    assert ids - {*RULES, *FLEET_RULES} == set()


def test_a_finding_becomes_an_error_that_scripts_can_tell() -> None:
    error = refusal(Finding("empty", Severity.UNFIT, "ca.cer", "ca.cer is empty", "Copy it again."), "cms1")
    assert (error.code, error.node, error.message, error.advice) == (
        "empty",
        "cms1",
        "ca.cer is empty",
        "Copy it again.",
    )


def test_a_deployed_file_is_judged_more_mildly_where_it_works_all_the_same() -> None:
    first = Finding("ca-expires-first", Severity.UNFIT, "a", "m", "c")
    other = Finding("sha1", Severity.UNFIT, "a", "m", "c")
    assert (as_deployed(first).severity, as_deployed(other).severity) == ("note", "unfit")
    assert first.refuses
    assert not as_deployed(first).refuses
