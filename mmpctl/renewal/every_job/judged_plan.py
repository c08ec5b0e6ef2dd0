"""The plan of one unit by the verdict on it: what every job's plan tells alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import datetime

from typing_extensions import Self

from mmpctl.cluster.preflight import Preflight, Verdict
from mmpctl.cluster.step import Step
from mmpctl.cluster.step_documents import step_documents
from mmpctl.cluster.step_effects import expected
from mmpctl.documents.plan import PlannedCluster
from mmpctl.renewal.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPlan(ABC):
    """The plan of one unit, with the verdict on it; see `UnitPlan` for what the engine asks of it.

    Args:
        preflight: the verdict.
        steps: in order; empty unless the verdict is `ready`.
        site: where the unit stands; None if it spans several sites, or nobody knows.
    """

    preflight: Preflight
    steps: tuple[Step, ...] = ()
    site: str | None = None

    @property
    @abstractmethod
    def unit(self) -> Unit:
        """The unit, as the journal and the documents call it."""

    @property
    def name(self) -> str:
        """The unit's name."""
        return self.unit.name

    @property
    def verdict(self) -> Verdict:
        """Whether the run may begin with it."""
        return self.preflight.verdict

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is refused."""
        return self.preflight.reasons

    @property
    def notes(self) -> tuple[str, ...]:
        """What the operator should know all the same."""
        return self.preflight.notes

    @property
    def awaits_word(self) -> bool:
        """Only a word of the operator's is missing."""
        return False

    @property
    def valid_until(self) -> datetime | None:
        """When the first of what the unit is given expires; None if nothing does."""
        return None

    def refused(self, reason: str) -> Self:
        """Return the plan, not to be started for one more reason."""
        reasons = (reason,) if self.verdict is Verdict.READY else (*self.reasons, reason)
        return replace(self, preflight=Preflight(Verdict.REFUSED, reasons, self.notes), steps=())

    def with_snapshot(self, name: str) -> Self:
        """Return the plan as it is: nothing is backed up."""
        return self

    def document(self) -> PlannedCluster:
        """Return the plan as the JSON of the contract."""
        keeper = self.unit.facts.get("keeper")
        return {
            "name": self.name,
            "job": self.unit.job,
            "site": self.site,
            "keeper": keeper,
            "keeper_proved": False,
            "keeper_evidence": [],
            "keeper_conclusions": [],
            "keeper_contradictions": [],
            "verdict": self.verdict,
            "reasons": list(self.reasons),
            "notes": list(self.notes),
            "expected": expected(self.steps).words if self.steps else None,
            "steps": step_documents(self.steps, keeper or ""),
        }
