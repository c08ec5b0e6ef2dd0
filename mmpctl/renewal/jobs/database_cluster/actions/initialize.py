"""The step that makes the keeper the master of the new cluster."""

from __future__ import annotations

from nornir.core.task import Task

from mmpctl.cluster import step_kinds as kinds
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.permit import InitializePermit
from mmpctl.cluster.step import Step
from mmpctl.renewal.jobs.database_cluster import instructions as by_hand
from mmpctl.renewal.jobs.database_cluster.actions.operation import Operation
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.tasks import initialize
from mmpctl.tasks.operation import Hooks


class Initialize(Operation[InitializePermit]):
    """The keeper's database becomes the new cluster's: accepted once in a run, and never sent again after that."""

    kind = kinds.INITIALIZE
    instructions = staticmethod(by_hand.initialize)

    def permit(self, step: Step, now: ObservedCluster) -> InitializePermit:
        """Return the guards' permit."""
        return self.work.guards().initialize(step.node, now)

    def start(self, task: Task, permit: InitializePermit, now: ObservedCluster, hooks: Hooks) -> None:
        """Send the command and answer its question."""
        initialize(task, permit, hooks=hooks)

    def accepted(self, ledger: StepLedger) -> None:
        """Keep that the device has taken the answer."""
        ledger.accept()
