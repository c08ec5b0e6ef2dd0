"""The verdict before a renewal; every case is a file of `preflight/`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mmpctl.cluster.keeper import decide_keeper
from mmpctl.cluster.preflight import against_staging, preflight, staged
from mmpctl.cluster.target import Naming
from tests.cluster.cases import assert_sentences, case_files, read_case


@pytest.mark.parametrize("path", case_files("preflight"), ids=lambda path: path.stem)
def test_preflight(path: Path) -> None:
    case = read_case(path)
    keeper = decide_keeper(case.cluster, case.confirmed, reasoned=case.reasoned)
    result = preflight(case.cluster, case.goal, keeper, case.now)
    assert_sentences(result.reasons, case.expect["reasons"])
    assert result.verdict == case.expect["verdict"]
    if "notes" in case.expect:
        assert_sentences(result.notes, case.expect["notes"])


def test_what_is_told_before_every_renewal() -> None:
    case = read_case(Path(__file__).parent / "preflight" / "ready.yaml")
    assert preflight(case.cluster, case.goal, decide_keeper(case.cluster), case.now).notes == (
        "Call Bridge and Web Admin of every node restart several times: calls drop. Freeze provisioning: changes made "
        "on a Call Bridge after its remove are lost when it joins",
    )


@pytest.mark.parametrize("missing", ["server_key", "server_certificate"])
def test_half_a_server_pair_is_none(missing: str) -> None:
    case = read_case(Path(__file__).parent / "preflight" / "ready.yaml")
    nodes = list(case.cluster.nodes)
    status = nodes[2].status
    assert status is not None
    files = replace(status.certificates, **{missing: None})
    nodes[2] = replace(nodes[2], status=replace(status, certificates=files))
    cluster = replace(case.cluster, nodes=tuple(nodes))
    assert_sentences(
        preflight(cluster, case.goal, decide_keeper(cluster), case.now).reasons,
        ["lon-3 is a slave in the inventory, but its status shows no server key and certificate"],
    )


def test_there_are_cases() -> None:
    assert len(case_files("preflight")) >= 25


def test_nobody_is_advised_to_leave_out_the_keeper() -> None:
    case = read_case(Path(__file__).parent / "preflight" / "refused_keeper_unanswered.yaml")
    result = preflight(case.cluster, case.goal, decide_keeper(case.cluster, case.confirmed), case.now)
    assert result.reasons == ("lon-1 does not answer (timed out): bring it back",)


def test_files_that_lie_on_the_nodes_already_are_told() -> None:
    case = read_case(Path(__file__).parent / "preflight" / "ready.yaml")
    names = frozenset(case.goal.wanted["lon-2"].names.names())
    first, second, third, *others = case.cluster.nodes
    nodes = (first, replace(second, stored=names | {"log"}), replace(third, stored=names - {min(names)}), *others)
    cluster = replace(case.cluster, nodes=nodes)
    assert staged(cluster, case.goal) == ("lon-2",)
    notes = preflight(cluster, case.goal, decide_keeper(cluster), case.now).notes
    assert [note for note in notes if "already on lon-2: the upload compares them" in note]
    assert staged(cluster, replace(case.goal, names=Naming.SAME)) == (), "of a name in use, the content is another"
    assert staged(cluster, replace(case.goal, wanted={})) == ()


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("ready", 0),
        ("refused_keeper_not_proved", 0),
        ("refused_keeper_unanswered", 0),
        ("refused_files", 1),
        ("refused_no_files", 1),
        ("refused_one_host_key", 1),
        ("refused_client_called_slave", 1),
    ],
)
def test_only_files_nodes_and_roles_speak_against_staging(name: str, reasons: int) -> None:
    case = read_case(Path(__file__).parent / "preflight" / f"{name}.yaml")
    found = against_staging(case.cluster, case.goal)
    assert bool(found) is bool(reasons)
    keeper = decide_keeper(case.cluster, case.confirmed, reasoned=case.reasoned)
    assert set(found) <= set(preflight(case.cluster, case.goal, keeper, case.now).reasons)
