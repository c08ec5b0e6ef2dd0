"""The keeper decision; every case is a file of `keeper/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.cluster.keeper import decide_keeper
from tests.cluster.cases import assert_sentences, case_files, make_cluster, read_case


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


def test_a_node_without_a_last_command_names_none() -> None:
    cluster = make_cluster({"lon-1": "master | Disabled | last=", "lon-2": "slave | Disabled | last=x y"})
    assert decide_keeper(cluster).evidence == (
        "lon-1: not in a cluster (Disabled)",
        "lon-2: not in a cluster (Disabled), last command 'x y'",
    )
