"""`database cluster status`: what the node says of its cluster."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.cluster.plan import STATUS_COMMAND
from mmpctl.cluster.status import DatabaseStatus
from mmpctl.device.parse import parse_database_cluster_status
from mmpctl.device.platform import CiscoCms
from mmpctl.tasks.session import look


def status(task: Task) -> Result:
    """Read the node's view of its database cluster.

    Returns:
        A result with a `DatabaseStatus`; changed is never set.

    Raises:
        MmpError: the node could not be asked, or its answer not be understood.
    """
    return Result(host=task.host, result=look(task, read_status))


def read_status(session: CiscoCms) -> DatabaseStatus:
    """Ask in an open session."""
    return parse_database_cluster_status(session.command(STATUS_COMMAND))
