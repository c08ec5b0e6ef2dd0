"""The documents of `mmpctl renew` and `mmpctl resume`."""

from __future__ import annotations

from typing import Literal, TypedDict

from mmpctl.documents.asked import WithAsked, WithSites
from mmpctl.documents.forms import Conclusion, JobWord, Outcome, RunName, Time
from mmpctl.documents.procedure import ProcedureDocument
from mmpctl.documents.runs import RunSummary
from mmpctl.documents.services.service_unit import WithUnits
from mmpctl.documents.step import StepDocument


class FoundNode(TypedDict):
    """One node of a stopped run: what the journal says, what the node shows, and what follows."""

    name: str
    journal: str
    shows: str
    conclusion: Conclusion
    step: str | None


class WithPlace(TypedDict, total=False):
    """Where the cluster was renewed, if sites were asked; run is null if there was none, or it is not known."""

    site: str
    run: RunName | None


class WithProcedure(TypedDict, total=False):
    """The file in the run's folder that has `by_hand` as text; missing if no file has it."""

    by_hand_file: str


class RenewedCluster(WithUnits, WithPlace, WithProcedure):
    """How the renewal ended for one cluster; code is its own exit code."""

    name: str
    job: JobWord
    keeper: str | None
    code: int
    outcome: Outcome
    reason: str | None
    found: list[str]
    nodes: list[FoundNode]
    advice: list[str]
    remaining: list[StepDocument]
    by_hand: ProcedureDocument | None
    valid_until: Time | None


class RenewalDocument(WithAsked, WithSites):
    """How a renewal ended; run is null if there was none."""

    schema: Literal[1]
    command: Literal["renew", "resume"]
    run: RunName | None
    # The file of the calendar's reminder, in the run's folder.
    reminder: str | None
    clusters: list[RenewedCluster]


class WaitingDocument(WithAsked, WithSites):
    """The runs that `mmpctl resume` can go on with, if none was named."""

    schema: Literal[1]
    command: Literal["resume"]
    run: None
    clusters: list[RenewedCluster]
    unfinished: list[RunSummary]
