"""A service that is to be on or off, as an awaited state: its node shows it by the service's bare name."""

from __future__ import annotations

from dataclasses import dataclass

from nornir.core.task import Task

from mmpctl.errors import MmpError
from mmpctl.renewal.jobs.services.observation import seen_of
from mmpctl.services.renewable import RenewableService
from mmpctl.services.seen_services import SeenService
from mmpctl.tasks.awaited import Awaited


@dataclass(frozen=True)
class AwaitedService(Awaited[SeenService]):
    """A service that was switched.

    Args:
        command: as it was sent.
        service: which one.
        on: whether it is to be on.
    """

    command: str
    service: RenewableService
    on: bool

    def read(self, task: Task) -> SeenService:
        """Look at the service; one that the node does not show at all is in no known state."""
        return seen_of(task, self.service) or SeenService()

    def reached(self, state: SeenService) -> bool:
        """It shows that it is on, or off."""
        return state.enabled is self.on

    def untouched(self, state: SeenService) -> bool:
        """It does not show that it has been switched."""
        return state.enabled is not self.on

    def failed(self, state: SeenService) -> MmpError | None:
        """One look proves nothing: a service may take a while."""
        return None

    def told(self, state: SeenService) -> str:
        """What is said of a service that has not come to an end in time."""
        return state.brief
