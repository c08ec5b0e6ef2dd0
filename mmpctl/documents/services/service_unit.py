"""One service of one node, as a plan or a renewal of services tells of it."""

from __future__ import annotations

from typing import TypedDict

from mmpctl.documents.forms import Outcome


class ServiceUnit(TypedDict):
    """One service of one node; outcome and code are null in a plan."""

    name: str
    service: str
    outcome: Outcome | None
    code: int | None
    reason: str | None


class WithUnits(TypedDict, total=False):
    """What only a job of services adds."""

    units: list[ServiceUnit]
