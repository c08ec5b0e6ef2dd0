"""The events that a run reports while it works; other modules show them."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Protocol

from mmpctl.cluster.step import Step
from mmpctl.errors import MmpError


class Seen(Protocol):
    """What a node shows while an operation is awaited, e.g. its database status."""

    @property
    def brief(self) -> str:
        """The same in a few words that do not change with time alone."""


class Progress(Protocol):
    """Listens to the runs of several units at once; called from their threads."""

    def queued(self, units: tuple[str, ...]) -> None:
        """These units are to be worked on, a few at a time; told once, before the first is planned."""

    def planned(self, unit: str, lead: str, steps: tuple[Step, ...]) -> None:
        """A unit's steps are known and begin now."""

    def begins(self, unit: str, step: Step) -> None:
        """A step begins on its node."""

    def saw(self, unit: str, node: str, shown: Seen) -> None:
        """A node shows something new while an operation is awaited."""

    def note(self, unit: str, text: str) -> None:
        """Something worth a line."""

    def asked_to_stop(self, text: str, units: Collection[str] | None = None) -> None:
        """The operator wishes to stop: these units (by default, all) complete running steps, and start no new ones."""

    def ends(self, unit: str, step: Step, error: MmpError | None) -> None:
        """A step has ended, well or not."""

    def finished(self, unit: str, outcome: str, reason: str | None) -> None:
        """A unit has come to its end, or was not started at all."""

    def as_of(self, at: datetime) -> AbstractContextManager[None]:
        """What this thread tells in the block has happened at that time, aware: the word of it came later."""

    def paused(self) -> AbstractContextManager[None]:
        """While the block lasts nothing is shown, so that a question can be asked; what happens is shown afterwards."""


class Silent:
    """Tells nobody: for scripts and tests."""

    def queued(self, units: tuple[str, ...]) -> None:
        """Not told."""

    def planned(self, unit: str, lead: str, steps: tuple[Step, ...]) -> None:
        """Not told."""

    def begins(self, unit: str, step: Step) -> None:
        """Not told."""

    def saw(self, unit: str, node: str, shown: Seen) -> None:
        """Not told."""

    def note(self, unit: str, text: str) -> None:
        """Not told."""

    def asked_to_stop(self, text: str, units: Collection[str] | None = None) -> None:
        """Not told."""

    def ends(self, unit: str, step: Step, error: MmpError | None) -> None:
        """Not told."""

    def finished(self, unit: str, outcome: str, reason: str | None) -> None:
        """Not told."""

    def as_of(self, at: datetime) -> AbstractContextManager[None]:
        """Nothing is told of any time."""
        return nullcontext()

    def paused(self) -> AbstractContextManager[None]:
        """Nothing to hold back."""
        return nullcontext()
