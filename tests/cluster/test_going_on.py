"""What must still be true when a run that has taken its cluster apart goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.preflight import going_on
from mmpctl.cluster.status import DatabaseStatus, Member
from tests.cluster.cases import assert_sentences, read_case

CASE = read_case(Path(__file__).parent / "preflight" / "ready.yaml")


def but(node: str, **changes: Any) -> ObservedCluster:
    nodes = (replace(one, **changes) if one.name == node else one for one in CASE.cluster.nodes)
    return replace(CASE.cluster, nodes=tuple(nodes))


def told(cluster: ObservedCluster, now: datetime = CASE.now) -> tuple[str, ...]:
    return going_on(cluster, CASE.goal, now)


def test_nothing_is_said_of_a_cluster_that_is_as_it_should_be() -> None:
    assert told(CASE.cluster) == ()


def test_two_names_for_one_node() -> None:
    nodes = tuple(
        replace(node, host_key="one key") if node.name != "lon-1" else node for node in CASE.cluster.nodes[:3]
    )
    cluster = replace(CASE.cluster, nodes=nodes)
    assert_sentences(told(cluster), ["lon-2 and lon-3 show the same host key"])


def test_two_nodes_of_one_address() -> None:
    cluster = but("lon-3", known_as=CASE.cluster.node("lon-2").known_as)
    assert any("share the address" in reason for reason in told(cluster))


def test_a_stranger_among_the_members() -> None:
    status = CASE.cluster.node("lon-2").status
    assert status is not None
    stranger = replace(status, nodes=(*status.nodes, Member("10.9.9.9", False, "Connected Slave")))
    assert_sentences(told(but("lon-2", status=stranger)), ["show a member 10.9.9.9 that the inventory's cluster"])


@pytest.mark.parametrize(("result", "refused"), [("Failed", True), (None, True), ("Success", False)])
def test_a_keeper_that_somebody_joined_meanwhile(result: str | None, refused: bool) -> None:
    status = DatabaseStatus("Disabled", last_command="database cluster join 10.1.0.2", last_result=result)
    assert any("it destroys the node's database first" in why for why in told(but("lon-1", status=status))) == refused


@pytest.mark.parametrize("days", [-1, 1])
def test_certificates_that_are_not_valid_by_a_nodes_clock(days: int) -> None:
    before, after = CASE.now - timedelta(hours=1), CASE.now + timedelta(hours=1)
    wanted = {name: replace(one, valid_from=before, valid_until=after) for name, one in CASE.goal.wanted.items()}
    goal = replace(CASE.goal, wanted=wanted)
    cluster = but("lon-2", clock_ahead=days * 86400.0)
    assert_sentences(going_on(cluster, goal, CASE.now), ["lon-2's clock shows"])


def test_what_two_checks_find_is_told_once() -> None:
    status = CASE.cluster.node("lon-2").status
    assert status is not None
    twice = Member("10.9.9.9", False, "Connected Slave")
    cluster = but("lon-2", status=replace(status, nodes=(*status.nodes, twice, twice)))
    assert len(told(cluster)) == len(set(told(cluster))) == 1
