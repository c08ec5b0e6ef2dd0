"""The step that proves that a service uses the right files."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.cluster.step import Step, StepKey
from mmpctl.errors import MmpError, VerificationError
from mmpctl.moment import Moment
from mmpctl.renewal.every_job.harmless import AGAIN, Harmless
from mmpctl.renewal.jobs.services import instructions as by_hand
from mmpctl.renewal.jobs.services.group_work import GroupWork
from mmpctl.renewal.jobs.services.link_watch import LINKS
from mmpctl.renewal.jobs.services.service_facts import ServiceFacts
from mmpctl.renewal.jobs.services.service_proof import prove
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.runs.record import Record, StepResult
from mmpctl.services.seen_services import SeenGroup
from mmpctl.services.service_goal import WantedUnit
from mmpctl.services.service_history import has_done, resumed
from mmpctl.services.service_steps import PROVE, ServiceAction
from mmpctl.tasks.awaited import NotAccepted


class Prove(Harmless[SeenGroup, GroupWork, ServiceFacts]):
    """It shows the right names, its port the right certificate and chain, and its peers are connected again."""

    kind = PROVE
    instructions = staticmethod(by_hand.prove)

    def perform(self, task: Task, step: Step, permit: None, ledger: StepLedger, now: SeenGroup, seen: Moment) -> Result:
        """Look at the service until it is proved, or long shows something else."""
        unit, watch = self.work.unit(step.key), self.work.run.watch
        ledger.intend(step.command)
        try:
            prove(
                task,
                unit,
                back=step.again,
                seconds=watch.limits.settle,
                steady=watch.limits.accept,
                give_up=lambda: watch.stop.insisted,
            )
            links = self.work.links.look_after(unit.key, back=step.again, give_up=lambda: watch.stop.insisted)
        except MmpError as error:
            ledger.end(StepResult.FAILED, error)
            if step.again and isinstance(error, VerificationError):
                self._take_back(unit, error)
            raise
        leafs = {
            pair.setting.command: (pair.presented if step.again else pair.presents).leaf
            for pair in unit.presenting
            if pair.setting.listens
        }
        ledger.settle({"presents": leafs, LINKS: links.as_json()})
        return Result(host=task.host)

    def look_up(self, task: Task, ledger: StepLedger, begun: Record, now: SeenGroup) -> str:
        """A proof with the old files that has not ended well is kept: what comes next depends on it."""
        if not StepKey.parse(begun.step or "").again:
            return super().look_up(task, ledger, begun, now)
        ledger.not_known(NotAccepted("its end was not seen"))
        return AGAIN

    def _take_back(self, unit: WantedUnit, error: MmpError) -> None:
        """Count its start with the old files no longer as done: whoever resumes starts it once more."""
        key, history = unit.key, self.work.run.journal.history(self.work.name, resumed=resumed)
        for action in (ServiceAction.ENABLE, ServiceAction.RESTART):
            if has_done(history, action, key, again=True):
                step = StepKey(action, key.node, again=True, part=key.part)
                StepLedger(self.work.run.journal, self.work.name, step, undoes=True).take_back(error)
