"""The operator's word on plans of sites: which are confirmed, and which node of a cluster keeps its database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mmpctl.cluster.preflight import Verdict
from mmpctl.documents.plan import PlannedCluster
from mmpctl.reach.desk import Selected
from mmpctl.reach.engine import Engine
from mmpctl.reach.sites import sites_plan
from mmpctl.reach.sites.sites_plan import SitesPlan
from mmpctl.reach.verbs import PlanRequest


@dataclass(frozen=True, slots=True)
class SaidOfKeeper:
    """The operator's word on a keeper.

    Args:
        node: whose database must survive.
        reason: why; None if none was given.
    """

    node: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class ConfirmedPlans:
    """The plans as the operator has confirmed them.

    Args:
        plan: of all clusters.
        words: on keepers, by cluster.
        declined: the operator was asked, and did not say yes.
    """

    plan: SitesPlan
    words: Mapping[str, SaidOfKeeper] = field(default_factory=dict)
    declined: bool = False

    @property
    def ready(self) -> tuple[str, ...]:
        """The clusters that may be begun with."""
        return tuple(one["name"] for one in self.plan.clusters if one["verdict"] == Verdict.READY)

    @property
    def awaiting(self) -> tuple[PlannedCluster, ...]:
        """The clusters of which only the word on the keeper is missing."""
        confirm = self.plan.confirm
        return tuple(one for one in self.plan.clusters if one["name"] in confirm and confirm[one["name"]].awaits_word)

    def with_words(self, words: Mapping[str, SaidOfKeeper], again: SitesPlan) -> ConfirmedPlans:
        """Return the same with words on keepers, and the plans that were made with them.

        Args:
            words: by cluster.
            again: of these clusters.
        """
        made = {one["name"]: one for one in again.clusters}
        clusters = tuple(made.get(one["name"], one) for one in self.plan.clusters)
        plan = SitesPlan(clusters, self.plan.answers, {**self.plan.confirm, **again.confirm})
        return replace(self, plan=plan, words={**self.words, **words})


def plan_again(engine: Engine, selected: Selected, wanted: PlanRequest, words: Mapping[str, SaidOfKeeper]) -> SitesPlan:
    """Have clusters planned again with the operator's words on their keepers.

    Args:
        engine: carries the requests.
        selected: which nodes, and where they are.
        wanted: how clusters are planned.
        words: by cluster.
    """
    plans = []
    for name, word in words.items():
        nodes = [node for node in selected.nodes if node.cluster == name]
        request = replace(
            narrowed(wanted, {node.name for node in nodes}), keepers={name: word.node}, reason=word.reason
        )
        plans.append(sites_plan.plan(engine, selected.sites, nodes, selected.everybody, request))
    clusters = tuple(one for plan in plans for one in plan.clusters)
    confirm = {name: one for plan in plans for name, one in plan.confirm.items()}
    return SitesPlan(clusters, tuple(one for plan in plans for one in plan.answers), confirm)


def narrowed(plan: PlanRequest, nodes: set[str]) -> PlanRequest:
    """Return what is wanted of the cluster whose nodes are given.

    Args:
        plan: what is wanted of all.
        nodes: their names.
    """
    return replace(plan, leave_out=frozenset(plan.leave_out & nodes))
