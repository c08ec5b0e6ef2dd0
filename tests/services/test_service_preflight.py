"""What must be true before services are renewed, and what is told all the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from mmpctl.cluster.preflight import Preflight, Verdict
from mmpctl.services.seen_services import SeenGroup
from mmpctl.services.service_preflight import FoundFaults, preflight
from tests.services.cases import Case, make_case

NOW = datetime(2026, 11, 23, 20, tzinfo=timezone.utc)
TURNS = {"edge-1": {"turn": "on old"}, "edge-2": {"turn": "on old"}}


def judged(case: Case, group: SeenGroup | None = None) -> Preflight:
    return preflight(group or case.group, case.goal, FoundFaults(), NOW)


def at(group: SeenGroup, *places: tuple[str, int]) -> SeenGroup:
    """The nodes of a group at these addresses, their TURN at these ports."""
    moved = {
        node.name: replace(
            node, address=address, services={"turn": replace(node.services["turn"], ports={"turn": (port,)})}
        )
        for node, (address, port) in zip(group.nodes, places, strict=True)
    }
    return group.with_nodes(moved)


def test_two_services_at_one_place_prove_nothing() -> None:
    case = make_case(TURNS)
    found = judged(case, at(case.group, ("192.0.2.1", 447), ("192.0.2.1", 447)))
    assert found.verdict is Verdict.REFUSED
    assert found.reasons[0].startswith("turn of edge-1 and turn of edge-2 both answer at 192.0.2.1:447")
    for second in (("192.0.2.1", 448), ("192.0.2.2", 447)):
        assert judged(case, at(case.group, ("192.0.2.1", 447), second)).verdict is Verdict.READY


@pytest.mark.parametrize(("other", "is_told"), [("on old", False), ("off old", True), ("off", True)])
def test_the_last_one_that_is_on_is_told(other: str, is_told: bool) -> None:
    case = make_case({**TURNS, "edge-2": {"turn": other}}, units=["edge-1 turn"])
    assert (
        any("turn of edge-1 is the only one in lon-prod that is on" in note for note in judged(case).notes) is is_told
    )
