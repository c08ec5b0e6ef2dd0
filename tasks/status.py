"""`database cluster status`: what the node shows of its cluster."""

from __future__ import annotations

from dataclasses import replace

from nornir.core.task import Result, Task

from mmpctl.cluster.status import DatabaseStatus
from mmpctl.device.answers.reviewed_texts import load_lines, load_silent_releases
from mmpctl.device.commands.database_cluster_status import DATABASE_CLUSTER_STATUS
from mmpctl.device.platform import CiscoCms
from mmpctl.inventory.reviewed_file import reviewed_file
from mmpctl.tasks._ask import ask_in
from mmpctl.tasks.session import look


def status(task: Task) -> Result:
    """Read what the node shows of its database cluster.

    Returns:
        A result with a `DatabaseStatus`; changed is never set. Lines that nobody knows are in it, without those that
        the user's reviewed file lets pass.

    Raises:
        MmpError: the node could not be asked, or its answer not be understood.
    """
    return Result(host=task.host, result=seen_status(task))


def seen_status(task: Task) -> DatabaseStatus:
    """Look at the node's status, once more when the session is lost on the way; raises as `status`."""
    return without_reviewed(task, look(task, read_status))


def read_status(session: CiscoCms) -> DatabaseStatus:
    """Ask in an open session; lines that nobody knows are kept, reviewed or not."""
    return ask_in(session, DATABASE_CLUSTER_STATUS, lenient=True)


def without_reviewed(task: Task, seen: DatabaseStatus) -> DatabaseStatus:
    """Return the status without the unknown lines that the user's reviewed file lets pass.

    Args:
        seen: as it was read.

    Raises:
        UsageError: the file is not right.
    """
    file = reviewed_file(task.nornir.config) if seen.unknown else None
    if file is None:
        return seen
    lines = load_lines(file)
    left = tuple(line for line in seen.unknown if not any(one.fits(line) for one in lines))
    return replace(seen, unknown=left, alarming=tuple(line for line in seen.alarming if line in left))


def is_vouched_for(task: Task, release: str | None) -> bool:
    """Tell whether a person vouches that a release never shows a last command.

    Args:
        release: what the node runs; None if it is not known.

    Raises:
        UsageError: the user's reviewed file is not right.
    """
    file = reviewed_file(task.nornir.config)
    return file is not None and any(one.release == release for one in load_silent_releases(file))
