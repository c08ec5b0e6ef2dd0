"""The plan of one group of nodes: the verdict, and the ordered steps, service by service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mmpctl.cluster.permit import Identity
from mmpctl.cluster.preflight import Verdict
from mmpctl.documents.plan import PlannedCluster
from mmpctl.renewal.every_job.judged_plan import JudgedPlan
from mmpctl.renewal.jobs.services.preparation import Prepared
from mmpctl.renewal.jobs.services.unit import group_unit
from mmpctl.renewal.unit import Unit
from mmpctl.services.renewable import TakesEffect
from mmpctl.services.renewal_order import plan
from mmpctl.services.seen_services import SeenGroup, UnitKey
from mmpctl.services.service_goal import ServiceGoal
from mmpctl.services.service_preflight import calls_to_agree, preflight
from mmpctl.services.switched_services import switched


@dataclass(frozen=True, slots=True)
class GroupPlan(JudgedPlan):
    """The plan of one group.

    Args:
        prepared: the group as it was observed, the goal, and the files.
        known_runs: runs that nobody works on any more.
        identities: what each node proved itself with when the run began.
        were_on: every service of the group that was on then.
    """

    prepared: Prepared
    known_runs: frozenset[str]
    identities: Mapping[str, Identity]
    were_on: frozenset[UnitKey]

    @property
    def group(self) -> SeenGroup:
        """The group as it was observed."""
        return self.prepared.sight.group

    @property
    def goal(self) -> ServiceGoal:
        """What its services are to use."""
        return self.prepared.goal

    @property
    def unit(self) -> Unit:
        """The group, with the services that are renewed."""
        return group_unit(self.group.name, tuple(unit.key for unit in self.goal.units))

    @property
    def valid_until(self) -> datetime | None:
        """When the first of the new certificates expires."""
        return self.goal.valid_until

    @property
    def awaits_word(self) -> bool:
        """Only the operator's word on the calls that drop is missing."""
        agreed = self.with_calls_dropped()
        return self.verdict is Verdict.REFUSED and agreed.verdict is Verdict.READY

    @property
    def dropping(self) -> tuple[UnitKey, ...]:
        """The services whose restart nobody has agreed to yet."""
        return tuple(calls_to_agree(self.group, self.goal))

    def with_calls_dropped(self) -> GroupPlan:
        """Return the plan with the operator's word that the calls on its Call Bridges may drop."""
        wanted = calls_to_agree(self.group, self.goal)
        restarts = self.goal.restarts | {key.node for key in wanted}
        prepared = replace(self.prepared, goal=replace(self.goal, restarts=restarts))
        if any(reason not in wanted.values() for reason in self.reasons):
            return replace(self, prepared=prepared)
        return judged(prepared, self.known_runs)

    def seen_again(self, group: SeenGroup) -> GroupPlan:
        """Return the plan, made again from what the group shows now."""
        sight = replace(self.prepared.sight, group=group)
        return judged(replace(self.prepared, sight=sight), self.known_runs)

    def document(self) -> PlannedCluster:
        """Return the plan as the JSON of the contract, with its services."""
        return {
            **JudgedPlan.document(self),
            "units": [
                {"name": unit.key.node, "service": unit.key.part, "outcome": None, "code": None, "reason": None}
                for unit in self.goal.units
            ],
        }


def judged(prepared: Prepared, known_runs: frozenset[str]) -> GroupPlan:
    """Check what must be true before a renewal, and plan it.

    Args:
        prepared: the group as it was observed, the goal, and the files.
        known_runs: runs that nobody works on any more.
    """
    group, goal = prepared.sight.group, prepared.goal
    verdict = preflight(group, goal, prepared.faults, prepared.checked_at, known_runs)
    steps = plan(group, goal) if verdict.verdict is Verdict.READY else ()
    identities = {
        node.name: Identity(node.host_key, node.hostname, frozenset()) for node in group.nodes if node.answers
    }
    site = prepared.sight.site
    return GroupPlan(prepared, known_runs, identities, were_on(group), preflight=verdict, steps=steps, site=site)


def were_on(group: SeenGroup) -> frozenset[UnitKey]:
    """Return the services of a group that are on: those that restart are never off.

    Args:
        group: as it is seen.
    """
    every = ((UnitKey(node.name, name), seen) for node in group.nodes for name, seen in node.services.items())
    return frozenset(
        key
        for key, seen in every
        if seen.enabled or (switched(key.service).takes_effect is TakesEffect.RESTART and seen.pairs)
    )
