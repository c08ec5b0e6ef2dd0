"""A plan meets a run of the same cluster that has not come to its end."""

from __future__ import annotations

from pathlib import Path

from mmpctl.cluster.preflight import Verdict
from mmpctl.renewal.cluster_plan import ClusterPlan
from mmpctl.runs.state import unfinished


def unless_unfinished(cluster: ClusterPlan, runs: Path) -> ClusterPlan:
    """Return the plan of a cluster, or its refusal if a run of the cluster has not ended.

    Args:
        cluster: its plan.
        runs: the folder of all runs.
    """
    before = unfinished(runs, cluster.name)
    if before is None or cluster.preflight.verdict is Verdict.NOTHING_TO_DO:
        return cluster
    return cluster.refused(
        f"the run {before} of this cluster is not finished: go on with `mmpctl resume {before}`, or close it "
        f"with `mmpctl runs --close {before} --reason TEXT`"
    )
