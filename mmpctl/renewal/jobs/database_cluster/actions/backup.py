"""The step that makes a backup on a node and fetches it."""

from __future__ import annotations

from dataclasses import asdict, replace

from nornir.core.task import Result, Task

from mmpctl.cluster import step_kinds as kinds
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.step import Step
from mmpctl.errors import CommandRefused
from mmpctl.moment import Moment
from mmpctl.renewal.every_job.harmless import Harmless
from mmpctl.renewal.jobs.database_cluster import instructions as by_hand
from mmpctl.renewal.jobs.database_cluster.cluster_facts import ClusterFacts
from mmpctl.renewal.jobs.database_cluster.cluster_work import ClusterWork
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.runs.record import StepResult
from mmpctl.tasks import download, snapshot


class Backup(Harmless[ObservedCluster, ClusterWork, ClusterFacts]):
    """A backup under a new name, fetched twice and compared."""

    kind = kinds.BACKUP
    instructions = staticmethod(by_hand.backup)

    def perform(
        self, task: Task, step: Step, permit: None, ledger: StepLedger, now: ObservedCluster, seen: Moment
    ) -> Result:
        """Make the backup and fetch it into the run's folder."""
        # What an attempt before this one left on the node may be a part of a backup, and none can tell: a new name.
        attempt = ledger.attempts + 1
        name = step.payload[0] + (f"-{attempt}" if attempt > 1 else "")
        ledger.intend(step.kind.command(name))
        try:
            snapshot(task, name)
        except CommandRefused as error:
            ledger.end(StepResult.REFUSED, error)
            raise
        backup = download(task, name, self.work.folder.subfolder("backups")).result
        files = [replace(file, path=f"backups/{step.node}/{name}/{file.name}") for file in backup.files]
        ledger.settle({"files": [asdict(file) for file in files]})
        return Result(host=task.host, result=backup, changed=True)
