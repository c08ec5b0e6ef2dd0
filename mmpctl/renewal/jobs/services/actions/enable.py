"""The step that switches a service on."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.cluster.step import Step, StepKey
from mmpctl.errors import ConnectionLost, MmpError, VerificationError
from mmpctl.moment import Moment
from mmpctl.renewal.jobs.services import instructions as by_hand
from mmpctl.renewal.jobs.services.actions.switching import Switching, key_of
from mmpctl.renewal.jobs.services.awaited_service import AwaitedService
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.runs.record import Record, StepResult
from mmpctl.services.seen_services import SeenGroup
from mmpctl.services.service_goal import WantedUnit
from mmpctl.services.service_permits import EnablePermit
from mmpctl.services.service_steps import ENABLE
from mmpctl.tasks.awaited import NotAccepted
from mmpctl.tasks.switch_service import Switched


class Enable(Switching[EnablePermit]):
    """The service says of each of its files that it is right, and shows that it is on."""

    kind = ENABLE
    instructions = staticmethod(by_hand.enable)

    def permit(self, step: Step, now: SeenGroup) -> EnablePermit:
        """Return the guards' permit."""
        return self.work.guards().enable(key_of(step.node, step.part), now, back=step.again)

    def perform(
        self, task: Task, step: Step, permit: EnablePermit, ledger: StepLedger, now: SeenGroup, seen: Moment
    ) -> Result:
        """Send the command, read the service's checks, and wait until it is on."""
        unit = self.work.unit(step.key)
        switched = self.send(task, permit, ledger, now.service(unit.key), seen)
        trouble = trouble_of(switched, unit)
        # On the way back, what the service says is kept and does not stop it: it has to be on, and is proved then.
        if trouble is not None and not step.again:
            ledger.end(StepResult.FAILED, trouble)
            raise trouble
        state = self.wait(task, ledger, AwaitedService(step.command, unit.service, on=True))
        ledger.settle({"enabled": state.enabled, **said(switched)})
        return Result(host=task.host, changed=True)

    def look_up(self, task: Task, ledger: StepLedger, begun: Record, now: SeenGroup) -> str:
        """Look whether the service is on; what it presents is proved afterwards."""
        key = StepKey.parse(begun.step or "")
        unit = self.work.unit(key)
        if not key.again and not unit.shows_itself:
            ledger.not_done(NotAccepted("its end was not seen"))
            return f"nothing shows whether {unit.key} has started with its new files · therefore: again"
        return self.found(task, ledger, begun, on=True)


def trouble_of(switched: Switched | None, unit: WantedUnit) -> MmpError | None:
    """Return what speaks against the files of a service that was started; None if nothing does, or a connection tells.

    Args:
        switched: what the device printed; None if the session was lost on it.
        unit: the service.
    """
    key = unit.key
    if switched is None:
        told = f"the session was lost as {key} started, and nothing shows whether it has taken its new files into use"
        return None if unit.shows_itself else ConnectionLost(told, node=key.node)
    checks = switched.checks
    if checks.are_well:
        return None
    if checks.failed:
        told = f"{key} reports a failure: {'; '.join(checks.failed)}"
    elif checks.unknown:
        told = f"{key} prints lines that are not known as it starts: {'; '.join(checks.unknown)}"
    else:
        told = f"{key} prints nothing at all as it starts, which proves nothing"
    return VerificationError(told, code="service-checks", node=key.node)


def said(switched: Switched | None) -> dict[str, object]:
    """Return what a service has said as it started, for the journal.

    Args:
        switched: what the device printed; None if the session was lost on it.
    """
    if switched is None:
        return {"checks": None}
    checks = switched.checks
    return {"checks": {"passed": list(checks.passed), "failed": list(checks.failed), "unknown": list(checks.unknown)}}
