"""One group's part of a run, as its steps need it: files, guards, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mmpctl.certificates.secret import Secret
from mmpctl.cluster.permit import Identity
from mmpctl.cluster.step import StepKey
from mmpctl.errors import RefusedError
from mmpctl.renewal.every_job.unit_work import UnitWork
from mmpctl.renewal.jobs.services.call_counts import CallCounter
from mmpctl.renewal.jobs.services.link_watch import LinkWatch
from mmpctl.services.renewable import RenewableService
from mmpctl.services.seen_services import UnitKey
from mmpctl.services.service_goal import ServiceGoal, WantedPair, WantedStore, WantedUnit
from mmpctl.services.service_guards import ServiceGuards
from mmpctl.services.service_history import resumed, unit_of_step


@dataclass(slots=True)
class GroupWork(UnitWork):
    """What the steps of one group share.

    Args:
        goal: what its services are to use.
        identities: what each node proved itself with when the run began.
        were_on: every service of the group that was on then.
        services: those that are renewed.
        contents: what is put on each node, by inventory name and by name on the device.
        count_calls: tells how many calls are on a node.
        links: tells which peers of a service are connected.
    """

    goal: ServiceGoal
    identities: Mapping[str, Identity]
    were_on: frozenset[UnitKey]
    services: tuple[RenewableService, ...]
    contents: Mapping[str, Mapping[str, Secret]]
    count_calls: CallCounter
    links: LinkWatch

    def guards(self) -> ServiceGuards:
        """Return the guards, with what the journal holds now."""
        history = self.run.journal.history(self.name, resumed=resumed)
        return ServiceGuards(self.goal, self.identities, self.were_on, history, self.alone)

    def unit(self, key: StepKey) -> WantedUnit:
        """Return the service that a step is about.

        Args:
            key: of the step.

        Raises:
            RefusedError: it is none that the run renews.
        """
        named = unit_of_step(key)
        unit = self.goal.unit(named) if named is not None else None
        if unit is None:
            raise RefusedError(f"the step {key} is about no service that is renewed", code="other-step", node=key.node)
        return unit

    def given(self, key: StepKey) -> WantedStore | WantedPair:
        """Return what a step sets.

        Args:
            key: of the step.

        Raises:
            RefusedError: it is nothing that the run renews.
        """
        found = next((one for one in self.unit(key).given if one.part == key.part), None)
        if found is None:
            raise RefusedError(f"the step {key} is about nothing that is renewed", code="other-step", node=key.node)
        return found
