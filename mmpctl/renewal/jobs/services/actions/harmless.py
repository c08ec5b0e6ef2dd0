"""What steps on services have in common that can be done again without harm."""

from __future__ import annotations

from nornir.core.task import Task

from mmpctl.cluster.step import Step
from mmpctl.renewal.action import Action
from mmpctl.renewal.jobs.services.group_work import GroupWork
from mmpctl.renewal.jobs.services.service_facts import ServiceFacts
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.runs.record import Record, StepResult
from mmpctl.services.seen_services import SeenGroup
from mmpctl.tasks.awaited import NotAccepted

AGAIN = "it can be done again without harm · therefore: again"


class Harmless(Action[SeenGroup, None, ServiceFacts]):
    """A step that changes nothing of what a service uses: it takes no permit, and is done again where it was cut off.

    Args:
        work: the group's part of the run.
    """

    def __init__(self, work: GroupWork) -> None:
        self.work = work

    def permit(self, step: Step, now: SeenGroup) -> None:
        """Nothing has to be permitted."""

    def look_up(self, task: Task, ledger: StepLedger, begun: Record, now: SeenGroup) -> str:
        """Nothing has to be found out."""
        ledger.intended = True
        ledger.end(StepResult.NOT_ACCEPTED, NotAccepted("its end was not seen"))
        return AGAIN
