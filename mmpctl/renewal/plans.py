"""The plans of the units that a run may begin with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from mmpctl import exit_codes as codes
from mmpctl.cluster.preflight import Verdict
from mmpctl.documents.plan import PlannedCluster
from mmpctl.renewal.job import Planned

P = TypeVar("P", bound="UnitPlan[Any]")
Same_co = TypeVar("Same_co", covariant=True)


class UnitPlan(Planned, Protocol[Same_co]):
    """The plan of one unit, with the verdict on it."""

    @property
    def verdict(self) -> Verdict:
        """Whether the unit may be begun with."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is refused, one sentence each."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the operator should know all the same."""

    @property
    def awaits_word(self) -> bool:
        """Only a word of the operator's is missing."""

    @property
    def valid_until(self) -> datetime | None:
        """When the first of what the unit is given expires; None if it is not known, or nothing does."""

    def refused(self, reason: str) -> Same_co:
        """Return the plan, not to be started for one more reason.

        Args:
            reason: a sentence.
        """

    def with_snapshot(self, name: str) -> Same_co:
        """Return the plan with the name of its run's backups.

        Args:
            name: on the devices.
        """

    def document(self) -> PlannedCluster:
        """Return the plan as the JSON of the contract."""


@dataclass(frozen=True, slots=True)
class Plans(Generic[P]):
    """The plans of a fleet's units.

    Args:
        clusters: in the order of the inventory.
        declined: the operator was asked, and did not say yes.
    """

    clusters: tuple[P, ...]
    declined: bool = False

    @property
    def asks(self) -> bool:
        """There is something that the operator can say yes to."""
        return bool(self.ready) or any(cluster.awaits_word for cluster in self.clusters)

    @property
    def ready(self) -> tuple[str, ...]:
        """The clusters that may be begun with."""
        return tuple(cluster.name for cluster in self.clusters if cluster.verdict is Verdict.READY)

    @property
    def code(self) -> int:
        """5 if all are refused, 10 if only some are."""
        refused = (cluster.verdict is Verdict.REFUSED for cluster in self.clusters)
        return codes.exit_code(codes.REFUSED if one else codes.DONE for one in refused)
