"""The step that connects a client node to the keeper's cluster."""

from __future__ import annotations

from nornir.core.task import Task

from mmpctl.cluster import step_kinds as kinds
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.permit import ConnectPermit
from mmpctl.cluster.status import DatabaseStatus
from mmpctl.cluster.step import Step
from mmpctl.renewal.jobs.database_cluster import instructions as by_hand
from mmpctl.renewal.jobs.database_cluster.actions.operation import Operation
from mmpctl.renewal.jobs.database_cluster.manual_steps import taken_out
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.tasks import connect
from mmpctl.tasks.operation import Hooks


class Connect(Operation[ConnectPermit]):
    """A client node, which has no database, uses the keeper's."""

    kind = kinds.CONNECT
    instructions = staticmethod(by_hand.connect)

    def permit(self, step: Step, now: ObservedCluster) -> ConnectPermit:
        """Return the guards' permit."""
        return self.work.guards().connect(step.node, now)

    def start(self, task: Task, permit: ConnectPermit, now: ObservedCluster, hooks: Hooks) -> None:
        """Send the command and answer its question."""
        connect(task, permit, hooks=hooks)

    def found_by_hand(self, node: ObservedNode, before: DatabaseStatus, ledger: StepLedger) -> str | None:
        """Look whether somebody has taken the node out again."""
        return taken_out(node, before, ledger)
