"""How the steps of a database cluster's renewal are carried out: one class for each kind, with its permit and its task.

What a kind is, for the plan and the display, is in `mmpctl/cluster/step_kinds.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.step import Step
from mmpctl.procedure.instruction_parts import Document
from mmpctl.renewal.action import Action
from mmpctl.renewal.jobs.database_cluster.actions.backup import Backup
from mmpctl.renewal.jobs.database_cluster.actions.certs import Certs
from mmpctl.renewal.jobs.database_cluster.actions.connect import Connect
from mmpctl.renewal.jobs.database_cluster.actions.initialize import Initialize
from mmpctl.renewal.jobs.database_cluster.actions.join import Join
from mmpctl.renewal.jobs.database_cluster.actions.remove import Remove
from mmpctl.renewal.jobs.database_cluster.actions.upload import Upload
from mmpctl.renewal.jobs.database_cluster.actions.verify import Verify
from mmpctl.renewal.jobs.database_cluster.cluster_facts import ClusterFacts
from mmpctl.renewal.jobs.database_cluster.cluster_work import ClusterWork

ACTIONS: Final = (Backup, Upload, Remove, Certs, Initialize, Join, Connect, Verify)

INSTRUCTIONS: Final[Mapping[str, Callable[[ClusterFacts, Step], Document]]] = {
    action.kind.name: action.instructions for action in ACTIONS
}


def actions_of(work: ClusterWork) -> dict[str, Action[ObservedCluster, Any, ClusterFacts]]:
    """Return what does the steps of one cluster, by the name of their kind.

    Args:
        work: the cluster's part of the run.
    """
    return {action.kind.name: action(work) for action in ACTIONS}
