"""The keeper decision; every case is a file of `keeper/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.cluster.keeper import decide_keeper
from tests.cluster.cases import assert_sentences, case_files, read_case


@pytest.mark.parametrize("path", case_files("keeper"), ids=lambda path: path.stem)
def test_keeper(path: Path) -> None:
    case = read_case(path)
    decision = decide_keeper(case.cluster, case.confirmed)
    assert_sentences(decision.refusals, case.expect["refusals"])
    assert_sentences(decision.open_questions, case.expect["questions"])
    assert (decision.proved, decision.settled) == (case.expect["proved"], case.expect["settled"])
    assert decision.confirmed is (case.confirmed == decision.keeper)
    if "evidence" in case.expect:
        assert_sentences(decision.evidence, case.expect["evidence"])


@pytest.mark.parametrize("path", case_files("keeper"), ids=lambda path: path.stem)
def test_the_keeper_is_always_the_inventory_master(path: Path) -> None:
    case = read_case(path)
    assert decide_keeper(case.cluster, case.confirmed).keeper == case.cluster.inventory_master.name


def test_there_are_cases() -> None:
    assert len(case_files("keeper")) >= 30
