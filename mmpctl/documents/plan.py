"""The document of `mmpctl plan`, and `plan.json` of a run."""

from __future__ import annotations

from typing import Literal, TypedDict

from mmpctl.documents.asked import WithAsked, WithSites
from mmpctl.documents.forms import JobWord, PlanVerdict
from mmpctl.documents.procedure import ProcedureDocument
from mmpctl.documents.services.service_unit import WithUnits
from mmpctl.documents.step import StepDocument


class WithProcedure(TypedDict, total=False):
    """What only the command adds."""

    by_hand: ProcedureDocument | None


class PlannedCluster(WithProcedure, WithUnits):
    """One cluster, and the steps of its renewal."""

    name: str
    job: JobWord
    site: str | None
    # Null for a job whose nodes follow none.
    keeper: str | None
    keeper_proved: bool
    keeper_evidence: list[str]
    keeper_conclusions: list[str]
    keeper_contradictions: list[str]
    verdict: PlanVerdict
    reasons: list[str]
    notes: list[str]
    expected: str | None
    steps: list[StepDocument]


class PlanDocument(WithAsked, WithSites):
    """What a renewal would do."""

    schema: Literal[1]
    command: Literal["plan"]
    clusters: list[PlannedCluster]
