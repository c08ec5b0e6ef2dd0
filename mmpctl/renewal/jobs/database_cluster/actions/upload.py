"""The step that puts the new files on a node."""

from __future__ import annotations

from typing import Any

from nornir.core.task import Result, Task

from mmpctl.cluster import step_kinds as kinds
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.step import Step
from mmpctl.cluster.target import Naming
from mmpctl.errors import TransferError
from mmpctl.moment import Moment
from mmpctl.renewal.every_job.harmless import Harmless
from mmpctl.renewal.jobs.database_cluster import instructions as by_hand
from mmpctl.renewal.jobs.database_cluster.cluster_facts import ClusterFacts
from mmpctl.renewal.jobs.database_cluster.cluster_work import ClusterWork
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.tasks import upload
from mmpctl.tasks.prove_keys import prove_keys
from mmpctl.tasks.save_files import save_files


class Upload(Harmless[ObservedCluster, ClusterWork, ClusterFacts]):
    """The new files, under new names; under the names in use, the old ones are saved first."""

    kind = kinds.UPLOAD
    instructions = staticmethod(by_hand.upload)

    def perform(
        self, task: Task, step: Step, permit: None, ledger: StepLedger, now: ObservedCluster, seen: Moment
    ) -> Result:
        """Send the files, verify them on the node, and prove the keys that were made there."""
        goal = self.work.goal
        wanted = goal.wanted[step.node]
        contents = self.work.prepared.contents(step.node)
        replacing = goal.names is Naming.SAME
        if replacing:
            save_files(task, tuple(contents), self.work.folder.subfolder("replaced"))
        ledger.intend(step.command)
        try:
            result = upload(task, contents, replace=replacing)
        except TransferError as error:
            if replacing and error.code in ("permission", "sftp-failed"):
                error.advice += " Or close this run, and renew with --names versioned, which overwrites nothing."
            raise
        evidence: dict[str, Any] = {"files": dict(wanted.digests)}
        if wanted.keys_on_node:
            shown = prove_keys(task, wanted.keys_on_node, wanted.certificates_of_keys()).result
            evidence["keys"] = {
                key: {"public_key_sha256": one.request_key, "match": one.fits} for key, one in shown.items()
            }
        ledger.settle(evidence)
        return result
