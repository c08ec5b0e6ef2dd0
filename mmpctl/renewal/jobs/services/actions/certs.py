"""The step that names the files of one pair to its service."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.cluster.step import Step, StepKey
from mmpctl.errors import ConnectionLost, VerificationError
from mmpctl.moment import Moment
from mmpctl.renewal.every_job.harmless import AGAIN
from mmpctl.renewal.jobs.services import instructions as by_hand
from mmpctl.renewal.jobs.services.actions.switching import Switching, key_of
from mmpctl.renewal.jobs.services.observation import seen_of
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.runs.record import Record, StepResult
from mmpctl.services.seen_services import SeenGroup
from mmpctl.services.service_permits import ServiceCertsPermit
from mmpctl.services.service_steps import CERTS
from mmpctl.tasks.awaited import NotAccepted


class Certs(Switching[ServiceCertsPermit]):
    """The files count from the next start on; a service that is off may not show them yet."""

    kind = CERTS
    instructions = staticmethod(by_hand.certs)

    def permit(self, step: Step, now: SeenGroup) -> ServiceCertsPermit:
        """Return the guards' permit."""
        return self.work.guards().certs(key_of(step.node, step.part), step.part, now, back=step.again)

    def perform(
        self, task: Task, step: Step, permit: ServiceCertsPermit, ledger: StepLedger, now: SeenGroup, seen: Moment
    ) -> Result:
        """Send the command; a service that shows its files must show these."""
        unit, pair = self.work.unit(step.key), self.work.pair(step)
        wanted = pair.names(back=step.again)
        switched = self.send(task, permit, ledger, now.service(unit.key), seen)
        state = seen_of(task, unit.service)
        shown = state.pairs.get(step.part) if state is not None else None
        if shown is not None and shown != wanted:
            error = VerificationError(
                f"`{step.command}` was accepted, and {unit.key} shows {', '.join(shown.arguments)}", code="certs-differ"
            )
            ledger.end(StepResult.FAILED, error)
            raise error
        if switched is None and shown is None:
            lost = ConnectionLost(f"the session was lost on `{step.command}`, and {unit.key} does not show its files")
            ledger.end(StepResult.UNKNOWN, lost)
            raise lost
        ledger.settle({"files": list(wanted.arguments), "shown": shown is not None})
        return Result(host=task.host, changed=True)

    def look_up(self, task: Task, ledger: StepLedger, begun: Record, now: SeenGroup) -> str:
        """Look whether the service shows the files; to name them again is no harm."""
        key = StepKey.parse(begun.step or "")
        unit = self.work.unit(key)
        state = seen_of(task, unit.service)
        pair = next((one for one in unit.pairs if one.setting.command == key.part), None)
        shown = state.pairs.get(key.part) if state is not None else None
        if pair is not None and shown == pair.names(back=key.again):
            ledger.settle({"files": list(shown.arguments), "seen": "when the run was resumed"})
            return "the device shows these files · therefore: done"
        ledger.not_done(NotAccepted("the service does not show these files"))
        return AGAIN
