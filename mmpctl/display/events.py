"""The events that a run reports while it works; other modules show them."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from mmpctl.cluster.status import DatabaseStatus
from mmpctl.cluster.step import Step
from mmpctl.errors import MmpError


class Progress(Protocol):
    """Listens to the runs of several clusters at once; called from their threads."""

    def queued(self, clusters: tuple[str, ...]) -> None:
        """These clusters are to be renewed, a few at a time; told once, before the first is planned."""

    def planned(self, cluster: str, keeper: str, steps: tuple[Step, ...]) -> None:
        """A cluster's steps are known and begin now."""

    def begins(self, cluster: str, step: Step) -> None:
        """A step begins on its node."""

    def saw(self, cluster: str, node: str, status: DatabaseStatus) -> None:
        """A node shows a new status while an operation is awaited."""

    def note(self, cluster: str, text: str) -> None:
        """Something worth a line."""

    def asked_to_stop(self, text: str) -> None:
        """The operator wishes to stop: running steps are completed, no new ones started."""

    def ends(self, cluster: str, step: Step, error: MmpError | None) -> None:
        """A step has ended, well or not."""

    def finished(self, cluster: str, outcome: str, reason: str | None) -> None:
        """A cluster has come to its end, or was not started at all."""

    def paused(self) -> AbstractContextManager[None]:
        """While the block lasts nothing is shown, so that a question can be asked; what happens is shown afterwards."""


class Silent:
    """Tells nobody: for scripts and tests."""

    def queued(self, clusters: tuple[str, ...]) -> None:
        """Not told."""

    def planned(self, cluster: str, keeper: str, steps: tuple[Step, ...]) -> None:
        """Not told."""

    def begins(self, cluster: str, step: Step) -> None:
        """Not told."""

    def saw(self, cluster: str, node: str, status: DatabaseStatus) -> None:
        """Not told."""

    def note(self, cluster: str, text: str) -> None:
        """Not told."""

    def asked_to_stop(self, text: str) -> None:
        """Not told."""

    def ends(self, cluster: str, step: Step, error: MmpError | None) -> None:
        """Not told."""

    def finished(self, cluster: str, outcome: str, reason: str | None) -> None:
        """Not told."""

    def paused(self) -> AbstractContextManager[None]:
        """Nothing to hold back."""
        return nullcontext()
