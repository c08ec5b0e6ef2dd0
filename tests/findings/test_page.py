"""Every finding has its line in the documentation, and a reason that is told."""

from __future__ import annotations

import pytest

from mmpctl.findings import (
    FLEET_RULES,
    RULES,
    Rule,
    certificate_rules,
    content_rules,
    file_rules,
    in_use_rules,
    peer_rules,
    replacement_rules,
    request_rules,
    service_rules,
)
from mmpctl.findings.finding import finding
from tests.findings.page import PAGE, page


def test_the_page_is_that_of_the_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.findings.page"


def test_ids_are_unique() -> None:
    tables = (
        file_rules.FILE_RULES,
        content_rules.CONTENT_RULES,
        certificate_rules.CERTIFICATE_RULES,
        in_use_rules.IN_USE_RULES,
        request_rules.REQUEST_RULES,
        service_rules.SERVICE_RULES,
        peer_rules.PEER_RULES,
        replacement_rules.REPLACEMENT_RULES,
        FLEET_RULES,
    )
    assert sum(map(len, tables)) == len({*RULES, *FLEET_RULES})


@pytest.mark.parametrize("rule", [*RULES.values(), *FLEET_RULES.values()])
def test_a_reason_is_a_sentence_that_needs_no_words_of_the_finding(rule: Rule) -> None:
    assert not rule.why or (rule.why[0].isupper() and rule.why.endswith(".") and "{" not in rule.why)


@pytest.mark.parametrize("id_", FLEET_RULES)
def test_every_finding_of_nodes_and_clusters_says_why_it_matters(id_: str) -> None:
    assert FLEET_RULES[id_].why
    assert finding(id_, "", detail="x", cure="y", node="z").why == FLEET_RULES[id_].why
