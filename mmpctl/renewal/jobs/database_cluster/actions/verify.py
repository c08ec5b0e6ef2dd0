"""The step that looks at a node's new files once everything is done."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.cluster import step_kinds as kinds
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.step import Step
from mmpctl.moment import Moment
from mmpctl.renewal.every_job.harmless import Harmless
from mmpctl.renewal.jobs.database_cluster import instructions as by_hand
from mmpctl.renewal.jobs.database_cluster.cluster_facts import ClusterFacts
from mmpctl.renewal.jobs.database_cluster.cluster_work import ClusterWork
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.tasks import verify


class Verify(Harmless[ObservedCluster, ClusterWork, ClusterFacts]):
    """The node's status and files, by the goal; what the nodes show together is judged in `verification`."""

    kind = kinds.VERIFY
    instructions = staticmethod(by_hand.verify)

    def perform(
        self, task: Task, step: Step, permit: None, ledger: StepLedger, now: ObservedCluster, seen: Moment
    ) -> Result:
        """Look whether the node uses the wanted files; nothing is intended, so the journal has nothing to keep."""
        prepared = self.work.prepared
        return verify(task, files=prepared.goal.wanted[step.node].names, serials=prepared.serials[step.node])
