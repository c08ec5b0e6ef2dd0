"""The facts of a unit whose nodes follow none: what a procedure by hand need not be told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from typing_extensions import Self

from mmpctl.cluster.progress import NOTHING_DONE, History
from mmpctl.cluster.step import StepKey
from mmpctl.device.questions import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderlessFacts:
    """What is the same for every unit whose nodes follow none, and ask nothing; see `UnitFacts` for the rest.

    Args:
        history: what the run has begun; a step that was not seen to end well is marked.
        endings: what the run saw of such a step, by its key, if it saw it end.
    """

    history: History = NOTHING_DONE
    endings: Mapping[StepKey, str] = field(default_factory=dict)

    @property
    def lead(self) -> str:
        """No node leads the others."""
        return ""

    @property
    def lead_address(self) -> str | None:
        """None: no node leads the others."""
        return None

    @property
    def left_out(self) -> frozenset[str]:
        """Nobody is left out."""
        return frozenset()

    @property
    def about(self) -> tuple[str, ...]:
        """Nothing has to be known beforehand."""
        return ()

    def with_questions(self, reviewed: tuple[Question, ...]) -> Self:
        """Return the facts: nothing is asked that could be answered."""
        return self
