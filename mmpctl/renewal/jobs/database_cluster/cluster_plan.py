"""The plan of one cluster: the decision about the keeper, the verdict, and the ordered steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from mmpctl.cluster.keeper import KeeperDecision, decide_keeper
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.plan import plan
from mmpctl.cluster.preflight import Verdict, preflight
from mmpctl.cluster.target import Goal
from mmpctl.documents.plan import PlannedCluster
from mmpctl.renewal.every_job.judged_plan import JudgedPlan
from mmpctl.renewal.jobs.database_cluster.operator_confirmation import KeeperWord
from mmpctl.renewal.jobs.database_cluster.preparation import Prepared
from mmpctl.renewal.jobs.database_cluster.unit import cluster_unit
from mmpctl.renewal.unit import Unit


@dataclass(frozen=True, slots=True)
class ClusterPlan(JudgedPlan):
    """The plan of one cluster.

    Args:
        prepared: the cluster as it was observed, the goal, and the files.
        keeper: the decision about the keeper.
        blocked: refused for a reason that no word of the operator's on the keeper takes away.
        word: the operator's word on the keeper, where it was given.
    """

    prepared: Prepared
    keeper: KeeperDecision
    blocked: bool = False
    word: KeeperWord | None = None

    @property
    def cluster(self) -> ObservedCluster:
        """The cluster as it was observed."""
        return self.prepared.cluster

    @property
    def goal(self) -> Goal:
        """What it is to become."""
        return self.prepared.goal

    @property
    def valid_until(self) -> datetime | None:
        """When the first of the new certificates expires."""
        return self.goal.valid_until

    @property
    def unit(self) -> Unit:
        """The cluster, led by its keeper."""
        return cluster_unit(self.cluster.name, self.keeper.keeper)

    @property
    def awaits_word(self) -> bool:
        """Only the operator's word on the keeper is missing."""
        if self.blocked:
            return False
        confirmed = judge(self.site, self.prepared, self.keeper.keeper, reasoned=True)
        return self.preflight.verdict is Verdict.REFUSED and confirmed.preflight.verdict is Verdict.READY

    def confirm_keeper(self, word: KeeperWord) -> ClusterPlan:
        """Return the plan with the operator's word that this node is the keeper."""
        return judged(self.site, self.prepared, word)

    def seen_again(self, cluster: ObservedCluster) -> ClusterPlan:
        """Return the plan, made again from what the cluster shows now; the operator's choice of keeper holds."""
        prepared = replace(self.prepared, cluster=cluster)
        return judged(self.site, prepared, self.word)

    def refused(self, reason: str) -> ClusterPlan:
        """Return the plan, not to be started for one more reason, which no word on the keeper takes away."""
        return replace(JudgedPlan.refused(self, reason), blocked=True)

    def with_snapshot(self, name: str) -> ClusterPlan:
        """Return the plan with the name of its backups."""
        prepared = replace(self.prepared, goal=replace(self.goal, snapshot=name))
        return replace(self, prepared=prepared, steps=plan(prepared.cluster, prepared.goal))

    def document(self) -> PlannedCluster:
        """Return the plan as the JSON of the contract, with the decision about the keeper."""
        return {
            **JudgedPlan.document(self),
            "keeper_proved": self.keeper.proved,
            "keeper_evidence": list(self.keeper.evidence),
            "keeper_conclusions": list(self.keeper.conclusions),
            "keeper_contradictions": list(self.keeper.contradictions),
        }


def judged(site: str | None, prepared: Prepared, word: KeeperWord | None) -> ClusterPlan:
    """Plan a cluster from what was seen and what the operator confirmed, which the plan keeps.

    Args:
        site: where the cluster stands; None when it spans several sites.
        prepared: the cluster as it was observed, the goal, and the files.
        word: on the keeper, if one was given.
    """
    reasoned = word is not None and word.reasoned
    return replace(judge(site, prepared, word.node if word else None, reasoned=reasoned), word=word)


def judge(site: str | None, prepared: Prepared, confirmed: str | None, *, reasoned: bool = False) -> ClusterPlan:
    """Decide on the keeper, check what must be true before a renewal, and plan it.

    Args:
        site: where the cluster stands; None when it spans several sites.
        prepared: the cluster as it was observed, the goal, and the files.
        confirmed: the node that the operator named as keeper, if any.
        reasoned: the operator said why it is the right one.
    """
    now = prepared.checked_at
    keeper = decide_keeper(prepared.cluster, confirmed, now, reasoned=reasoned)
    verdict = preflight(prepared.cluster, prepared.goal, keeper, now)
    steps = plan(prepared.cluster, prepared.goal) if verdict.verdict is Verdict.READY else ()
    return ClusterPlan(prepared, keeper, preflight=verdict, steps=steps, site=site)


def own_address(cluster: ObservedCluster) -> str:
    """Return the keeper's address as it shows it; the inventory's while it shows none.

    Args:
        cluster: as it is seen.
    """
    keeper = cluster.inventory_master
    own = cluster.own_line(keeper)
    return own.address if own else keeper.db_address
