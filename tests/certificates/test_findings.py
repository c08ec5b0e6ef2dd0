"""Every finding has its line in the documentation, and a reason that is told."""

from __future__ import annotations

from mmpctl.certificates.fleet_rules import FLEET_RULES
from mmpctl.certificates.rules import RULES
from mmpctl.certificates.why import WHY
from tests.certificates.findings import PAGE, page


def test_the_page_is_that_of_the_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.certificates.findings"


def test_ids_are_unique_and_reasons_have_a_finding() -> None:
    assert not set(RULES) & set(FLEET_RULES)
    assert set(WHY) <= {*RULES, *FLEET_RULES}
    assert set(FLEET_RULES) <= set(WHY)
