"""The step that replaces a node's database by a copy of the keeper's."""

from __future__ import annotations

from nornir.core.task import Task

from mmpctl.cluster import step_kinds as kinds
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.permit import JoinPermit
from mmpctl.cluster.status import DatabaseStatus
from mmpctl.cluster.step import Step
from mmpctl.renewal.jobs.database_cluster import instructions as by_hand
from mmpctl.renewal.jobs.database_cluster.actions.operation import Operation
from mmpctl.renewal.jobs.database_cluster.manual_steps import taken_out
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.tasks import join
from mmpctl.tasks.operation import Hooks


class Join(Operation[JoinPermit]):
    """The node joins the keeper's cluster; its own database is destroyed by it."""

    kind = kinds.JOIN
    instructions = staticmethod(by_hand.join)

    def permit(self, step: Step, now: ObservedCluster) -> JoinPermit:
        """Return the guards' permit."""
        return self.work.guards().join(step.node, now)

    def start(self, task: Task, permit: JoinPermit, now: ObservedCluster, hooks: Hooks) -> None:
        """Send the command and answer its question."""
        join(task, permit, hooks=hooks)

    def found_by_hand(self, node: ObservedNode, before: DatabaseStatus, ledger: StepLedger) -> str | None:
        """Look whether somebody has taken the node out again."""
        return taken_out(node, before, ledger)
