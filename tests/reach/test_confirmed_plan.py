"""The digest of a plan changes with whatever would be done, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from mmpctl.cluster.keeper import KeeperDecision
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.preflight import Preflight, Verdict
from mmpctl.cluster.status import CertificateFiles
from mmpctl.cluster.target import Goal, Naming, WantedFiles
from mmpctl.reach.tickets.confirmed_plan import OtherPlan, check_digest, plan_digest, rest_digest
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.renewal.jobs.database_cluster.preparation import Prepared
from mmpctl.renewal.resume.continuation import Continuation
from tests.support.documents.plans import planned_steps

NOON = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
FILES = WantedFiles(CertificateFiles(), {"db.cer": "ab" * 32}, keys_on_node={"db.key": "cd" * 32})
GOAL = Goal("lon-1", "10.106.85.73", {"lon-1": FILES})
KEEPER = KeeperDecision("lon-1", True, False, (), (), ("lon-1: Enabled, 12 seconds ago",))
PLAN = ClusterPlan(
    Prepared(ObservedCluster("lon-prod", ()), GOAL, {}, {}, NOON),
    KEEPER,
    preflight=Preflight(Verdict.READY),
    steps=planned_steps(),
    site="london",
)


def toward(goal: Goal) -> ClusterPlan:
    return replace(PLAN, prepared=replace(PLAN.prepared, goal=goal))


def with_files(**changes: object) -> ClusterPlan:
    return toward(replace(GOAL, wanted={"lon-1": replace(FILES, **changes)}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        replace(PLAN, steps=PLAN.steps[1:]),
        replace(PLAN, steps=tuple(replace(step, payload=("pre-another",)) for step in PLAN.steps)),
        replace(PLAN, steps=tuple(replace(step, wave=1) for step in PLAN.steps)),
        replace(PLAN, preflight=Preflight(Verdict.REFUSED)),
        replace(PLAN, keeper=replace(KEEPER, keeper="lon-2")),
        replace(PLAN, keeper=replace(KEEPER, proved=False)),
        replace(PLAN, prepared=replace(PLAN.prepared, cluster=ObservedCluster("osl-prod", ()))),
        with_files(digests={"db.cer": "ef" * 32}),
        with_files(keys_on_node={"db.key": "ef" * 32}),
        toward(replace(GOAL, wanted={})),
        toward(replace(GOAL, keeper_address="10.106.85.74")),
        toward(replace(GOAL, left_out=frozenset({"lon-3"}))),
        toward(replace(GOAL, names=Naming.SAME)),
    ],
)
def test_another_plan_has_another_digest(changed: ClusterPlan) -> None:
    assert plan_digest(changed) != plan_digest(PLAN)
    with pytest.raises(OtherPlan, match="is not the one that was confirmed"):
        check_digest(plan_digest(PLAN), plan_digest(changed), "lon-prod")


@pytest.mark.parametrize(
    "same",
    [
        replace(PLAN),
        replace(PLAN, site=None),
        replace(PLAN, prepared=replace(PLAN.prepared, checked_at=NOON.replace(hour=13))),
        replace(PLAN, keeper=replace(KEEPER, evidence=("lon-1: Enabled, 40 seconds ago",))),
        replace(PLAN, preflight=Preflight(Verdict.READY, notes=("Calls drop.",))),
    ],
)
def test_a_later_look_at_the_same_has_the_same_digest(same: ClusterPlan) -> None:
    check_digest(plan_digest(PLAN), plan_digest(same), "lon-prod")
    assert plan_digest(same) == plan_digest(PLAN)


@pytest.mark.parametrize(
    "other",
    [
        lambda: rest_digest("20260131-120000-00ab", "ab" * 32, (Continuation(PLAN, ()),)),
        lambda: rest_digest("20260131-120000-00aa", "cd" * 32, (Continuation(PLAN, ()),)),
        lambda: rest_digest("20260131-120000-00aa", "ab" * 32, ()),
        lambda: rest_digest(
            "20260131-120000-00aa", "ab" * 32, (Continuation(replace(PLAN, steps=PLAN.steps[:-1]), ()),)
        ),
    ],
)
def test_the_rest_of_a_run_is_that_of_its_journal_and_its_steps(other: Callable[[], str]) -> None:
    told = Continuation(PLAN, ("lon-1: seen 12 seconds ago",))
    rest = rest_digest("20260131-120000-00aa", "ab" * 32, (told,))
    assert rest == rest_digest("20260131-120000-00aa", "ab" * 32, (Continuation(PLAN, ()),)) != other()
