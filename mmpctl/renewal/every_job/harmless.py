"""What the steps of any job have in common that can be done again without harm."""

from __future__ import annotations

from typing import Final, Generic

from nornir.core.task import Task

from mmpctl.cluster.step import Step
from mmpctl.procedure.unit_facts import F
from mmpctl.renewal.action import S
from mmpctl.renewal.every_job.working_action import W, WorkingAction
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.runs.record import Record
from mmpctl.tasks.awaited import NotAccepted

AGAIN: Final = "it can be done again without harm · therefore: again"


class Harmless(WorkingAction[S, None, F, W], Generic[S, W, F]):
    """A step that changes nothing of what its unit is: it takes no permit, and is done again where it was cut off."""

    def permit(self, step: Step, now: S) -> None:
        """Nothing has to be permitted."""

    def look_up(self, task: Task, ledger: StepLedger, begun: Record, now: S) -> str:
        """Nothing has to be found out; the journal is told, for the step may not be among those that are left."""
        ledger.not_done(NotAccepted("its end was not seen"))
        return AGAIN
