"""What the steps have in common that name files to a service."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.cluster.step import Step, StepKey
from mmpctl.errors import ConnectionLost, VerificationError
from mmpctl.moment import Moment
from mmpctl.renewal.every_job.harmless import AGAIN
from mmpctl.renewal.jobs.services import instructions as by_hand
from mmpctl.renewal.jobs.services.actions.switching import P, Switching
from mmpctl.renewal.jobs.services.observation import seen_of
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.runs.record import Record, StepResult
from mmpctl.services.seen_services import SeenGroup, SeenService
from mmpctl.services.service_goal import WantedPair, WantedStore
from mmpctl.tasks.awaited import NotAccepted


class Setting(Switching[P]):
    """The files count from the next start on; a service that is off may not show them yet."""

    instructions = staticmethod(by_hand.setting)

    def perform(self, task: Task, step: Step, permit: P, ledger: StepLedger, now: SeenGroup, seen: Moment) -> Result:
        """Send the command; a service that shows its files must show these."""
        unit, given = self.work.unit(step.key), self.work.given(step.key)
        wanted = given.arguments(back=step.again)
        switched = self.send(task, permit, ledger, now.service(unit.key), seen)
        shown = _shown(given, seen_of(task, unit.service))
        if shown is not None and shown != wanted:
            error = VerificationError(
                f"`{step.command}` was accepted, and {unit.key} shows {', '.join(shown)}", code="certs-differ"
            )
            ledger.end(StepResult.FAILED, error)
            raise error
        if switched is None and shown is None:
            lost = ConnectionLost(f"the session was lost on `{step.command}`, and {unit.key} does not show its files")
            ledger.end(StepResult.UNKNOWN, lost)
            raise lost
        ledger.settle({"files": list(wanted), "shown": shown is not None})
        return Result(host=task.host, changed=True)

    def look_up(self, task: Task, ledger: StepLedger, begun: Record, now: SeenGroup) -> str:
        """Look whether the service shows the files; to name them again is no harm."""
        key = StepKey.parse(begun.step or "")
        unit, given = self.work.unit(key), self.work.given(key)
        shown = _shown(given, seen_of(task, unit.service))
        if shown is not None and shown == given.arguments(back=key.again):
            ledger.settle({"files": list(shown), "seen": "when the run was resumed"})
            return "the device shows these files · therefore: done"
        error = NotAccepted("the service does not show these files")
        # One that shows no files may have taken them: the way back must name the old ones to it.
        if shown is None:
            ledger.not_known(error)
        else:
            ledger.not_done(error)
        return AGAIN


def _shown(given: WantedStore | WantedPair, seen: SeenService | None) -> tuple[str, ...] | None:
    """Return the files that a service shows; None if it shows none."""
    if seen is None:
        return None
    if isinstance(given, WantedStore):
        return seen.stores.get(given.setting.command)
    names = seen.pairs.get(given.setting.command)
    return names.arguments if names is not None else None
