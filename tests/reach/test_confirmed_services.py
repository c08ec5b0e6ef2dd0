"""The digest of a plan of services changes with whatever would be done, and with nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from mmpctl.cluster.preflight import Verdict
from mmpctl.reach.tickets.confirmed_plan import Confirmable, confirmable, plan_digest
from mmpctl.renewal.jobs.services.group_plan import GroupPlan, judged
from mmpctl.renewal.jobs.services.observation import GroupSight
from mmpctl.renewal.jobs.services.preparation import Prepared
from mmpctl.renewal.jobs.services.wish import ServiceWish
from mmpctl.services.seen_services import SeenGroup, SeenNode, UnitKey
from mmpctl.services.service_goal import Presented, ServiceGoal, WantedPair
from mmpctl.services.service_preflight import FoundFaults
from tests.services.cases import make_case

NOON = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
CASE = make_case({"edge-1": {"webbridge3": "on https=old c2w=old"}, "core-1": {"callbridge": "? old"}})
AGREED = replace(CASE.goal, restarts=frozenset({"core-1"}))


def planned(
    goal: ServiceGoal = AGREED, group: SeenGroup = CASE.group, notes: tuple[str, ...] = (), **wish: Any
) -> GroupPlan:
    """The plan for a group of nodes, as it would be made now."""
    sight = GroupSight(None, group, {}, {}, {}, ())
    asked = ServiceWish(Path("new"), ("webbridge3", "callbridge"), **wish)
    return judged(Prepared(sight, asked, goal, FoundFaults(notes=notes), {}, {}, NOON), frozenset())


def with_pair(**changes: Any) -> ServiceGoal:
    """The goal, with another first pair of the Web Bridge."""
    first, *others = AGREED.units
    pair: WantedPair = replace(first.pairs[0], **changes)
    return replace(AGREED, units=(replace(first, pairs=(pair, *first.pairs[1:])), *others))


PAIR = AGREED.units[0].pairs[0]


@pytest.mark.parametrize(
    "changed",
    [
        planned(CASE.goal),
        planned(replace(AGREED, units=AGREED.units[1:])),
        planned(replace(AGREED, units=AGREED.units[:1])),
        planned(replace(AGREED, max_calls=3)),
        planned(replace(AGREED, restarts=frozenset({"core-1", "core-2"}))),
        planned(with_pair(digests={"webbridge3-https-new.key": "another key"})),
        planned(with_pair(presents=Presented("another leaf"))),
        planned(with_pair(presents=Presented("new leaf", ("another CA",)))),
        planned(with_pair(old=PAIR.new)),
        planned(with_pair(new=PAIR.old)),
        planned(group=replace(CASE.group, name="osl-prod")),
        planned(done=frozenset({"CUCM"})),
        planned(if_due=30),
        planned(if_due=30, alone={}),
    ],
)
def test_another_plan_has_another_digest(changed: GroupPlan) -> None:
    assert plan_digest(changed) != plan_digest(planned())


def test_a_later_look_at_the_same_has_the_same_digest() -> None:
    plan = planned()
    assert plan.verdict is Verdict.READY and plan.steps
    calls = tuple(replace(node, calls=7, clock_ahead=1.5) for node in CASE.group.nodes)
    later = planned(group=replace(CASE.group, nodes=calls), notes=("Web sessions end.",))
    assert plan_digest(later) == plan_digest(plan) and len({plan_digest(plan), "ab" * 32}) == 2


def test_only_calls_that_would_drop_are_for_the_desk_to_say() -> None:
    waits = planned(CASE.goal)
    assert confirmable(waits) == Confirmable(plan_digest(waits), True, (), ("core-1",))
    assert waits.dropping == (UnitKey("core-1", "callbridge"),)
    assert plan_digest(waits.with_calls_dropped()) == plan_digest(planned())
    # Of what is refused for another reason as well, a word changes nothing.
    refused = waits.refused("the clock is wrong")
    assert confirmable(refused) == Confirmable(plan_digest(refused))


def test_a_group_without_such_a_service_is_told_as_such() -> None:
    nobody = SeenGroup("osl-prod", (SeenNode("osl-1", host_key="SHA256:osl-1", hostname="osl-1"),))
    plan = planned(ServiceGoal(()), nobody)
    assert plan.verdict is Verdict.NOTHING_TO_DO and not confirmable(plan).concerned
    assert confirmable(planned()).concerned
