"""The operator's word on plans of sites: which are confirmed, who keeps a database, and which calls may drop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mmpctl.cluster.preflight import Verdict
from mmpctl.inventory.nodes import Node
from mmpctl.reach.engine import Engine
from mmpctl.reach.site_units import UnitAtSite
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

    def added(self, wanted: PlanRequest, cluster: str) -> PlanRequest:
        """Return what is wanted of a cluster, with the word.

        Args:
            wanted: of this cluster.
            cluster: its name.
        """
        return replace(wanted, keepers={cluster: self.node}, reason=self.reason)


@dataclass(frozen=True, slots=True)
class SaidOfCalls:
    """The operator's word that the calls on nodes may drop.

    Args:
        nodes: inventory names.
    """

    nodes: tuple[str, ...]

    def added(self, wanted: PlanRequest, cluster: str) -> PlanRequest:
        """Return what is wanted of the services of a group of nodes, with the word.

        Args:
            wanted: of this group.
            cluster: its name.
        """
        services = wanted.services
        if services is None:
            return wanted
        names = tuple(dict.fromkeys((*services.drop_calls, *self.nodes)))
        return replace(wanted, services=replace(services, drop_calls=names))


SaidAtDesk = SaidOfKeeper | SaidOfCalls


@dataclass(frozen=True, slots=True)
class ConfirmedPlans:
    """The plans as the operator has confirmed them.

    Args:
        plan: of all clusters.
        words: that were typed, by cluster.
        declined: the operator was asked, and did not say yes.
    """

    plan: SitesPlan
    words: Mapping[str, SaidAtDesk] = field(default_factory=dict)
    declined: bool = False

    @property
    def ready(self) -> tuple[str, ...]:
        """The clusters that may be begun with."""
        return tuple(one["name"] for one in self.plan.clusters if one["verdict"] == Verdict.READY)

    @property
    def awaiting(self) -> tuple[str, ...]:
        """The clusters of which only a word is missing: on the keeper, or on the calls that drop."""
        names, confirm = (one["name"] for one in self.plan.clusters), self.plan.confirm
        return tuple(name for name in names if name in confirm and confirm[name].awaits_word)

    def with_words(self, words: Mapping[str, SaidAtDesk], again: SitesPlan) -> ConfirmedPlans:
        """Return the same with words, and the plans that were made with them.

        Args:
            words: by cluster.
            again: of these clusters.
        """
        made = {one["name"]: one for one in again.clusters}
        clusters = tuple(made.get(one["name"], one) for one in self.plan.clusters)
        plan = SitesPlan(clusters, self.plan.answers, {**self.plan.confirm, **again.confirm})
        return replace(self, plan=plan, words={**self.words, **words})


def plan_again(
    engine: Engine,
    units: Sequence[UnitAtSite],
    everybody: Sequence[Node],
    wanted: PlanRequest,
    words: Mapping[str, SaidAtDesk],
) -> SitesPlan:
    """Have clusters planned again with the operator's words.

    Args:
        engine: carries the requests.
        units: the clusters, or the groups of nodes.
        everybody: all nodes of the inventory here.
        wanted: how all of them are planned.
        words: by cluster.
    """
    plans = [
        sites_plan.plan(engine, [unit], everybody, wanted_of(wanted, unit, words))
        for unit in units
        if unit.name in words
    ]
    clusters = tuple(one for plan in plans for one in plan.clusters)
    confirm = {name: one for plan in plans for name, one in plan.confirm.items()}
    return SitesPlan(clusters, tuple(one for plan in plans for one in plan.answers), confirm)


def wanted_of(wanted: PlanRequest, unit: UnitAtSite, words: Mapping[str, SaidAtDesk]) -> PlanRequest:
    """Return what is wanted of a cluster or of a group of nodes, with the operator's word on it.

    Args:
        wanted: of all.
        unit: the cluster, or the group.
        words: by cluster.
    """
    mine = sites_plan.part_of(wanted, [unit])
    return words[unit.name].added(mine, unit.name) if unit.name in words else mine
