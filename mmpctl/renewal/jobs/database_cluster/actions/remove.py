"""The step that takes a node out of its cluster."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.cluster import step_kinds as kinds
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.permit import RemovePermit
from mmpctl.cluster.status import DISABLED, DatabaseStatus
from mmpctl.cluster.step import Step
from mmpctl.errors import CommandRefused, MmpError
from mmpctl.renewal.jobs.database_cluster import instructions as by_hand
from mmpctl.renewal.jobs.database_cluster.actions.operation import Operation
from mmpctl.renewal.jobs.database_cluster.manual_steps import is_past_its_remove
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.tasks import remove
from mmpctl.tasks.operation import Hooks
from mmpctl.tasks.status import seen_status


class Remove(Operation[RemovePermit]):
    """The node leaves its cluster and keeps its database; the keeper leaves last."""

    kind = kinds.REMOVE
    instructions = staticmethod(by_hand.remove)

    def permit(self, step: Step, now: ObservedCluster) -> RemovePermit:
        """Return the guards' permit."""
        return self.work.guards().remove(step.node, now)

    def start(self, task: Task, permit: RemovePermit, now: ObservedCluster, hooks: Hooks) -> None:
        """Send the command and answer its question, which a client words in another way."""
        client = not now.node(task.host.name).role.has_database
        remove(task, permit, client=client, hooks=hooks)

    def refused(self, task: Task, error: MmpError, before: DatabaseStatus | None, ledger: StepLedger) -> Result | None:
        """Take a node for removed that showed Disabled all along and refuses to leave."""
        if not isinstance(error, CommandRefused) or before is None or before.status != DISABLED:
            return None
        status = seen_status(task)
        if status.status != DISABLED or not status.settled:
            return None
        # `certs` will tell whether it has left.
        ledger.settle({"status": status.status, "remove_refused": error.text})
        return Result(host=task.host, result=status)

    def found_by_hand(self, node: ObservedNode, before: DatabaseStatus, ledger: StepLedger) -> str | None:
        """Look whether somebody went on after a remove whose end nobody saw."""
        if not is_past_its_remove(node, self.work.goal, self.work.in_use.get(node.name, ())):
            return None
        ledger.settle({"seen": "when the run was resumed"})
        return "the device shows a state that only follows a remove: somebody went on by hand · therefore: done"
