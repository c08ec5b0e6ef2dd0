"""The document of `mmpctl rotate`."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from mmpctl.documents.asked import WithAsked
from mmpctl.documents.forms import OneOf, RunName
from mmpctl.documents.plan import PlannedCluster
from mmpctl.documents.renewal import RenewedCluster

# In the order in which they are done.
PartWord = Annotated[str, OneOf(("csr", "sign", "check", "stage", "plan", "renew"))]
# Those of a renewal, and one for a rotation that was to end before it.
RotationOutcome = Annotated[
    str, OneOf(("ready", "renewed", "nothing to do", "refused", "stopped", "failed", "not started"))
]


class ProblemDocument(TypedDict):
    """Why a cluster could not go on, on which node, and what to do about it."""

    part: PartWord
    node: str | None
    message: str
    cure: str
    # The run that has to end first.
    run: RunName | None


class RotatedCluster(TypedDict):
    """How far the rotation came for one cluster; code is its own exit code."""

    name: str
    keeper: str | None
    code: int
    outcome: RotationOutcome
    reason: str | None
    # The last part that was begun with.
    part: PartWord
    problems: list[ProblemDocument]
    notes: list[str]
    # Null if the cluster did not come as far as that.
    plan: PlannedCluster | None
    renewal: RenewedCluster | None


class RotationDocument(WithAsked):
    """How far a rotation came; run is null if no renewal was begun."""

    schema: Literal[1]
    command: Literal["rotate"]
    folder: str
    run: RunName | None
    reminder: str | None
    clusters: list[RotatedCluster]
    notes: list[str]
    # What to type next, each by itself; empty if nothing is left to do.
    next: list[str]
