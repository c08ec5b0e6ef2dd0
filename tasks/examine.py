"""Examine one node for an audit: every place where it uses certificates, and what lies there. Nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from nornir.core.task import Result, Task

from mmpctl.cluster.role import Role
from mmpctl.device.commands.service import SERVICES
from mmpctl.inventory.nodes import node_of
from mmpctl.tasks.node_facts import Subject
from mmpctl.tasks.read_node import read_node
from mmpctl.tasks.session import mmp
from mmpctl.times import now_utc

_EXAMINED: Final = frozenset(Subject) - {
    Subject.DATABASE_FILES,
    Subject.SECOND_OPINION,
    Subject.TRACES,
    Subject.TRANSFER,
}


def examine(
    task: Task,
    role: Role | None = None,
    clock: Callable[[], datetime] = now_utc,
    services: Iterable[str] = SERVICES,
    thorough: bool = False,
) -> Result:
    """Look at all certificates that the node uses.

    Args:
        role: what it is in a database cluster; by default what the inventory says.
        clock: gives this machine's time, aware.
        services: the services to ask for their files; one that the release does not know is skipped.
        thorough: let the node inspect every certificate file and match every pair too, not only where a file is odd.

    Returns:
        A result with `NodeFacts`.

    Raises:
        MayNotLook: the node knows none of the commands, as it seems: the account lacks the right to all of them.
        MmpError: the node could not be asked at all, or its files took too long.
    """
    role = node_of(task.host).role if role is None else role
    # A node that hangs up on whoever calls is not called a second time for an audit.
    mmp(task)
    subjects = _EXAMINED | {Subject.SECOND_OPINION} if thorough else _EXAMINED
    return read_node(task, subjects, role=role, services=services, clock=clock, lenient=True)
