"""One step of a plan."""

from __future__ import annotations

from typing import TypedDict

from mmpctl.documents.forms import ActionWord


class ExpectedSeconds(TypedDict):
    """How long a step takes; most is null if it grows with the database."""

    least: int
    most: int | None


class StepDocument(TypedDict):
    """One step, and what it means."""

    number: int
    wave: int
    node: str
    action: ActionWord
    command: str
    effect: str
    destroys: bool
    expected: str
    expected_seconds: ExpectedSeconds
    safe_to_stop: str
    if_stopped: str
