"""How the steps of a database cluster's renewal are carried out: one class for each kind, with its permit and its task.

What a kind is, for the plan and the display, is in `mmpctl/cluster/step_kinds.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from mmpctl.cluster.step import Step
from mmpctl.procedure.instruction_parts import Document
from mmpctl.renewal.every_job.working_action import instructions_of
from mmpctl.renewal.jobs.database_cluster.actions.backup import Backup
from mmpctl.renewal.jobs.database_cluster.actions.certs import Certs
from mmpctl.renewal.jobs.database_cluster.actions.connect import Connect
from mmpctl.renewal.jobs.database_cluster.actions.initialize import Initialize
from mmpctl.renewal.jobs.database_cluster.actions.join import Join
from mmpctl.renewal.jobs.database_cluster.actions.remove import Remove
from mmpctl.renewal.jobs.database_cluster.actions.upload import Upload
from mmpctl.renewal.jobs.database_cluster.actions.verify import Verify
from mmpctl.renewal.jobs.database_cluster.cluster_facts import ClusterFacts

ACTIONS: Final = (Backup, Upload, Remove, Certs, Initialize, Join, Connect, Verify)

INSTRUCTIONS: Final[Mapping[str, Callable[[ClusterFacts, Step], Document]]] = instructions_of(ACTIONS)
