"""Plans as documents, and their steps."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from mmpctl.cluster import step_kinds as kinds
from mmpctl.cluster.keeper import KeeperDecision
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.preflight import Preflight, Verdict
from mmpctl.cluster.step import Step, StepKind
from mmpctl.cluster.step_documents import step_documents
from mmpctl.cluster.target import Goal
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.renewal.jobs.database_cluster.preparation import Prepared
from mmpctl.runbooks.plan import PlanReport, document

CERTS = (
    "database cluster certs dbserver-20271128-1102ce3b.key dbserver-20271128-1102ce3b.cer "
    "dbclient-20271128-0006a7.key dbclient-20271128-0006a7.cer dbca-20311128-77aa.cer"
)
_AT = datetime(2026, 11, 23, 20, 31, 7, tzinfo=timezone.utc)


def planned_steps() -> tuple[Step, ...]:
    """The steps of a cluster of two nodes."""
    drafts: list[tuple[int, str, StepKind, tuple[str, ...]]] = [
        (1, "lon-1", kinds.BACKUP, ("pre-20261123-203107-4f2a",)),
        (1, "lon-2", kinds.BACKUP, ("pre-20261123-203107-4f2a",)),
        (2, "lon-2", kinds.REMOVE, ()),
        (3, "lon-1", kinds.REMOVE, ()),
        (4, "lon-1", kinds.CERTS, tuple(CERTS.split()[3:])),
        (5, "lon-1", kinds.INITIALIZE, ()),
        (6, "lon-2", kinds.JOIN, ("10.106.85.73",)),
    ]
    return tuple(Step(number, *draft) for number, draft in enumerate(drafts, 1))


def steps() -> Any:
    """The same as the document has them."""
    return step_documents(planned_steps(), "lon-1")


def plan() -> Any:
    """Three plans: one that is ready, one that is refused, and nothing to do."""
    ready = Preflight(
        Verdict.READY, notes=("Call Bridge and Web Admin of every node restart several times: calls drop.",)
    )
    refused = Preflight(
        Verdict.REFUSED,
        reasons=("the keeper is not certain: confirm it with --keeper nyc-prod=nyc-1", "nyc-4 does not answer"),
    )
    evidence = ("lon-1: not in a cluster (Disabled)", "lon-2: Enabled; lon-1 is Disconnected")
    return document(
        PlanReport(
            (
                _cluster("lon-prod", "london", _keeper("lon-1", *evidence), ready, planned_steps()),
                _cluster("nyc-prod", "new york", _keeper("nyc-1", "nyc-1: Enabled; names no members"), refused),
                _cluster("lab", None, _keeper("lab-1", proved=True), Preflight(Verdict.NOTHING_TO_DO)),
            )
        )
    )


def _keeper(name: str, *evidence: str, proved: bool = False) -> KeeperDecision:
    return KeeperDecision(name, proved, False, (), (), evidence)


def _cluster(
    name: str, site: str | None, keeper: KeeperDecision, verdict: Preflight, planned: tuple[Step, ...] = ()
) -> ClusterPlan:
    goal = Goal(keeper.keeper, "10.106.85.73", {})
    prepared = Prepared(ObservedCluster(name, ()), goal, {}, {}, _AT)
    return ClusterPlan(prepared, keeper, preflight=verdict, steps=planned, site=site)
