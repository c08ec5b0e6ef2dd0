"""The step that restarts a service which is never switched off."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.cluster.step import Step, StepKey
from mmpctl.errors import MmpError
from mmpctl.moment import Moment
from mmpctl.renewal.jobs.services import instructions as by_hand
from mmpctl.renewal.jobs.services.actions.enable import said, trouble_of
from mmpctl.renewal.jobs.services.actions.switching import Switching, key_of
from mmpctl.renewal.jobs.services.service_proof import prove
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.runs.record import Record, StepResult
from mmpctl.services.seen_services import SeenGroup
from mmpctl.services.service_permits import RestartPermit
from mmpctl.services.service_steps import RESTART
from mmpctl.tasks.awaited import NotAccepted


class Restart(Switching[RestartPermit]):
    """The Call Bridge takes its new files into use; the calls on the node drop."""

    kind = RESTART
    instructions = staticmethod(by_hand.restart)

    def permit(self, step: Step, now: SeenGroup) -> RestartPermit:
        """Return the guards' permit."""
        return self.work.guards().restart(key_of(step.node, step.part), now, back=step.again)

    def perform(
        self, task: Task, step: Step, permit: RestartPermit, ledger: StepLedger, now: SeenGroup, seen: Moment
    ) -> Result:
        """Send the command, and read the service's checks."""
        unit = self.work.unit(step.key)
        # How many calls were on it right before is what a reader of the journal asks first.
        calls = {"calls": count} if (count := now.node(step.node).calls) is not None else {}
        switched = self.send(task, permit, ledger, now.service(unit.key), seen, **calls)
        # One that presents what it presented before: without its lines, nothing shows that it has restarted.
        trouble = trouble_of(switched, unit)
        if trouble is not None and not step.again:
            ledger.end(StepResult.FAILED, trouble)
            raise trouble
        ledger.settle(said(switched))
        return Result(host=task.host, changed=True)

    def look_up(self, task: Task, ledger: StepLedger, begun: Record, now: SeenGroup) -> str:
        """Look what the service presents: with the right certificate, it has restarted."""
        key = StepKey.parse(begun.step or "")
        unit = self.work.unit(key)
        if not unit.shows_itself:
            ledger.not_known(NotAccepted("its end was not seen"))
            return f"nothing shows whether {unit.key.whole} has restarted · therefore: again"
        limits = self.work.run.watch.limits
        try:
            prove(task, unit, back=key.again, seconds=limits.accept, steady=limits.accept)
        except MmpError as error:
            # It may have dropped its calls, and be down since: the way back must restart it.
            ledger.not_known(NotAccepted(error.message))
            return f"{error.message} · therefore: again"
        ledger.settle({"seen": "when the run was resumed"})
        return f"{unit.key} presents the certificate that it is to present · therefore: done"
