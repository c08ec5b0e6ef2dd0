"""What steps have in common that can be done again without harm."""

from __future__ import annotations

from nornir.core.task import Task

from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.step import Step
from mmpctl.renewal.action import Action
from mmpctl.renewal.jobs.database_cluster.cluster_facts import ClusterFacts
from mmpctl.renewal.jobs.database_cluster.cluster_work import ClusterWork
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.runs.record import Record


class Harmless(Action[ObservedCluster, None, ClusterFacts]):
    """A step that changes nothing of what the cluster is: it takes no permit, and is done again where it was cut off.

    Args:
        work: the cluster's part of the run.
    """

    def __init__(self, work: ClusterWork) -> None:
        self.work = work

    def permit(self, step: Step, now: ObservedCluster) -> None:
        """Nothing has to be permitted."""

    def look_up(self, task: Task, ledger: StepLedger, begun: Record, now: ObservedCluster) -> str:
        """Nothing has to be found out."""
        return "it can be done again without harm · therefore: again"
