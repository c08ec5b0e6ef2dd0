"""The step that verifies the new files of a node's services on it, before anything uses them."""

from __future__ import annotations

from collections.abc import Iterator

from nornir.core.task import Result, Task

from mmpctl.cluster.step import Step
from mmpctl.errors import VerificationError
from mmpctl.moment import Moment
from mmpctl.renewal.every_job.harmless import Harmless
from mmpctl.renewal.jobs.services import instructions as by_hand
from mmpctl.renewal.jobs.services.group_work import GroupWork
from mmpctl.renewal.jobs.services.service_facts import ServiceFacts
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.runs.record import StepResult
from mmpctl.services.seen_services import SeenGroup
from mmpctl.services.service_goal import ServiceGoal, WantedPair, WantedStore
from mmpctl.services.service_steps import VERIFY
from mmpctl.tasks import match
from mmpctl.tasks.read_certificate import read_certificate


class Verify(Harmless[SeenGroup, GroupWork, ServiceFacts]):
    """Each certificate is fetched from the node and compared, and the node is asked whether its key fits.

    It is asked of the pairs in use as well: a service that is switched off must be able to start with them.
    """

    kind = VERIFY
    instructions = staticmethod(by_hand.verify)

    def perform(self, task: Task, step: Step, permit: None, ledger: StepLedger, now: SeenGroup, seen: Moment) -> Result:
        """Look at each file on the node."""
        ledger.intend(step.command)
        new = [one for one in self.work.goal.given_on(step.node) if not {*one.sent}.isdisjoint(step.payload)]
        problems = [problem for one in new for problem in _problems(task, one)]
        problems += _of_old_ones(task, self.work.goal, step.node)
        if problems:
            error = VerificationError(
                f"the new files are not on it as they were sent: {'; '.join(problems)}",
                code="files-differ",
                node=step.node,
                advice="No service was touched. Look at these files on the node.",
            )
            ledger.end(StepResult.FAILED, error)
            raise error
        ledger.settle({"certificates": [name for name in step.payload if name and not name.endswith(".key")]})
        return Result(host=task.host)


def _of_old_ones(task: Task, goal: ServiceGoal, node: str) -> Iterator[str]:
    """Yield each pair in use that does not fit any more: the way back would lead to a service that stays off."""
    units = (unit for unit in goal.units if unit.key.node == node)
    pairs = dict.fromkeys(pair.old for unit in units for pair in unit.presenting)
    for key, certificate, _ in pairs:
        if match(task, key, certificate).result is False:
            yield f"the node reports that {key} and {certificate}, which are in use, do not match any more"


def _problems(task: Task, new: WantedStore | WantedPair) -> Iterator[str]:
    for name in new.sent if isinstance(new, WantedStore) else new.sent[1:]:
        if (found := read_certificate(task, name, lenient=True).result.sha256) != new.digests[name]:
            yield f"{name} has the SHA-256 {found} there, not {new.digests[name]}"
    if isinstance(new, WantedStore):
        return
    names = new.new
    # What the node says of a pair counts against it; that it says nothing plain does not: its words were never seen.
    if match(task, names.key, names.certificate).result is False:
        yield f"the node reports that {names.key} and {names.certificate} do not match"
