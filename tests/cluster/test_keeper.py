"""The keeper decision; every case is a file of `keeper/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.cluster.keeper import KeeperDecision, decide_keeper
from tests.cluster.cases import assert_sentences, case_files, make_cluster, read_case


@pytest.mark.parametrize("path", case_files("keeper"), ids=lambda path: path.stem)
def test_keeper(path: Path) -> None:
    case = read_case(path)
    decision = decide_keeper(case.cluster, case.confirmed, case.now, reasoned=case.reasoned)
    assert_sentences(decision.refusals, case.expect["refusals"])
    if "conclusions" in case.expect:
        assert_sentences(decision.conclusions, case.expect["conclusions"])
    if "contradictions" in case.expect:
        assert_sentences(decision.contradictions, case.expect["contradictions"])
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
        "lon-1 (master in the inventory): not in a cluster (Disabled); no last command; no backup on it",
        "lon-2 (slave in the inventory): not in a cluster (Disabled); last command 'x y' (Success); no backup on it",
    )


def test_without_the_time_a_backup_has_a_date_and_no_age() -> None:
    cluster = make_cluster({"lon-1": "master | Disabled | backups=weekly,9,2026-11-23T09:00"})
    assert decide_keeper(cluster).evidence[0].endswith("newest backup weekly: 9 bytes, of 2026-11-23 09:00 UTC")


@pytest.mark.parametrize("confirmed", [False, True])
@pytest.mark.parametrize("questions", [(), ("who?",)])
@pytest.mark.parametrize("refusals", [(), ("no",)])
def test_a_keeper_is_settled_without_refusals_and_with_its_questions_answered(
    refusals: tuple[str, ...], questions: tuple[str, ...], confirmed: bool
) -> None:
    decision = KeeperDecision("lon-1", False, confirmed, refusals, questions, ())
    assert decision.settled is (refusals == () and (confirmed or questions == ()))
