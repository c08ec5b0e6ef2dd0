from __future__ import annotations

import re
from pathlib import Path

import pytest

from mmpctl.certificates import rules
from mmpctl.certificates.finding import Finding, as_deployed, refusal
from mmpctl.certificates.rules import RULES
from mmpctl.severity import Severity


@pytest.mark.parametrize("id_", RULES)
def test_every_rule_names_the_file_in_message_and_cure(id_: str) -> None:
    rule = RULES[id_]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id_)
    assert Severity.OK not in (rule.severity, rule.deployed)
    assert "{file}" in rule.message
    assert "{file}" in rule.cure or "{quoted}" in rule.cure


def test_every_rule_is_used() -> None:
    source = "".join(path.read_text() for path in Path(rules.__file__).parent.glob("*.py") if path.stem != "rules")
    assert [id_ for id_ in RULES if f'"{id_}"' not in source] == []


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
