"""The step that puts the new files of a node's services on it."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.cluster.step import Step
from mmpctl.errors import RefusedError
from mmpctl.moment import Moment
from mmpctl.renewal.every_job.harmless import Harmless
from mmpctl.renewal.jobs.services import instructions as by_hand
from mmpctl.renewal.jobs.services.group_work import GroupWork
from mmpctl.renewal.jobs.services.service_facts import ServiceFacts
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.services.seen_services import SeenGroup
from mmpctl.services.service_steps import UPLOAD
from mmpctl.tasks import upload


class Upload(Harmless[SeenGroup, GroupWork, ServiceFacts]):
    """The new files, under names that nothing on the node has; each is read back."""

    kind = UPLOAD
    instructions = staticmethod(by_hand.upload)

    def perform(self, task: Task, step: Step, permit: None, ledger: StepLedger, now: SeenGroup, seen: Moment) -> Result:
        """Send the files; a file of another content under one of the names is never replaced."""
        contents = self.work.contents.get(step.node, {})
        missing = [name for name in step.payload if name not in contents]
        if missing:
            raise RefusedError(
                f"the files to send are not there any more: {', '.join(missing)}",
                code="other-files",
                node=step.node,
                advice="Put the files of the run back, or name their folder with --certs, then resume.",
            )
        ledger.intend(step.command)
        result = upload(task, {name: contents[name] for name in step.payload})
        digests = self.work.goal.digests_on(step.node)
        ledger.settle({"files": {name: digests[name] for name in step.payload}})
        return result
