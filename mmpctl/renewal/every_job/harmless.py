"""What the steps of any job have in common that can be done again without harm."""

from __future__ import annotations

from typing import Final, Generic, TypeVar

from nornir.core.task import Task

from mmpctl.cluster.step import Step
from mmpctl.procedure.unit_facts import F
from mmpctl.renewal.action import Action
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.runs.record import Record
from mmpctl.tasks.awaited import NotAccepted

AGAIN: Final = "it can be done again without harm · therefore: again"

# What is seen of a unit, and what its steps share.
S = TypeVar("S")
W = TypeVar("W")


class Harmless(Action[S, None, F], Generic[S, W, F]):
    """A step that changes nothing of what its unit is: it takes no permit, and is done again where it was cut off.

    Args:
        work: what the steps of the unit share.
    """

    def __init__(self, work: W) -> None:
        self.work = work

    def permit(self, step: Step, now: S) -> None:
        """Nothing has to be permitted."""

    def look_up(self, task: Task, ledger: StepLedger, begun: Record, now: S) -> str:
        """Nothing has to be found out; the journal is told, for the step may not be among those that are left."""
        ledger.not_done(NotAccepted("its end was not seen"))
        return AGAIN
