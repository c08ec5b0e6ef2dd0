"""The step that switches a service off."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.cluster.step import Step
from mmpctl.moment import Moment
from mmpctl.renewal.jobs.services import instructions as by_hand
from mmpctl.renewal.jobs.services.actions.switching import Switching, key_of
from mmpctl.renewal.jobs.services.awaited_service import AwaitedService
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.runs.record import Record
from mmpctl.services.seen_services import SeenGroup
from mmpctl.services.service_permits import DisablePermit
from mmpctl.services.service_steps import DISABLE


class Disable(Switching[DisablePermit]):
    """The service is off when it shows that it is: the journal has kept that it was on."""

    kind = DISABLE
    instructions = staticmethod(by_hand.disable)

    def permit(self, step: Step, now: SeenGroup) -> DisablePermit:
        """Return the guards' permit."""
        return self.work.guards().disable(key_of(step.node, step.part), now, back=step.again)

    def perform(
        self, task: Task, step: Step, permit: DisablePermit, ledger: StepLedger, now: SeenGroup, seen: Moment
    ) -> Result:
        """Send the command, and wait until the service is off."""
        unit = self.work.unit(step.key)
        self.send(task, permit, ledger, now.service(unit.key), seen)
        state = self.wait(task, ledger, AwaitedService(step.command, unit.service, on=False))
        ledger.settle({"enabled": state.enabled})
        return Result(host=task.host, changed=True)

    def look_up(self, task: Task, ledger: StepLedger, begun: Record, now: SeenGroup) -> str:
        """Look whether the service is off."""
        return self.found(task, ledger, begun, on=False)
