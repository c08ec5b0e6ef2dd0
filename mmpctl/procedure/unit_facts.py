"""What a procedure by hand needs to know of a unit, whatever the job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

from typing_extensions import Self

from mmpctl.cluster.job_words import JobWords
from mmpctl.cluster.progress import History
from mmpctl.cluster.step import StepKey
from mmpctl.device.questions import Question


class Identity(Protocol):
    """What a node showed of itself when it was looked at last."""

    @property
    def hostname(self) -> str | None:
        """The name in its prompt."""

    @property
    def host_key(self) -> str | None:
        """The fingerprint that it proved itself with."""


F = TypeVar("F", bound="UnitFacts")


class UnitFacts(Protocol):
    """The facts of one unit; a job's own have more, which its instructions are made of."""

    @property
    def name(self) -> str:
        """The unit's name."""

    @property
    def words(self) -> JobWords:
        """What the job calls things."""

    @property
    def lead(self) -> str:
        """Inventory name of the node that the others follow."""

    @property
    def lead_address(self) -> str | None:
        """The address by which they know it; None if they need none."""

    @property
    def left_out(self) -> frozenset[str]:
        """Names of nodes that take no part."""

    @property
    def about(self) -> tuple[str, ...]:
        """What to know of the unit beforehand, one sentence each."""

    @property
    def rules(self) -> tuple[str, ...]:
        """What holds for every step."""

    @property
    def history(self) -> History:
        """What the run has begun; a step that was not seen to end well is marked."""

    @property
    def endings(self) -> Mapping[StepKey, str]:
        """What the run saw of such a step, by its key, if it saw it end."""

    def node(self, name: str) -> Identity:
        """Return a node as it was seen last."""

    def with_questions(self, reviewed: tuple[Question, ...]) -> Self:
        """Return the facts with further questions that the user allows."""
