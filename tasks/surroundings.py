"""What a preflight wants to know of a node beside its cluster: clock, release, account, and the backups on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from nornir.core.task import Result, Task

from mmpctl.cluster.account import UserAccount
from mmpctl.cluster.backups import BackupOnNode
from mmpctl.tasks.node_facts import NodeFacts, Subject
from mmpctl.tasks.read_node import read_node
from mmpctl.times import now_utc

SURROUNDINGS: Final = frozenset({Subject.CLOCK, Subject.RELEASE, Subject.TRACES, Subject.ACCOUNT, Subject.TRANSFER})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was found beside the cluster; None for what the node does not tell.

    Args:
        backups: those that lie on the node, by name.
        clock_ahead: seconds that its clock is ahead of this machine's; of its own it tells whole seconds.
        release: what it runs.
        account: that this program logs in with.
        no_transfer: why no files can be moved by SFTP; None if they can.
        marks: names of the marks of runs that lie on the node; none if it does not list its files.
    """

    backups: tuple[BackupOnNode, ...] | None
    clock_ahead: float | None
    release: str | None
    account: UserAccount | None = None
    no_transfer: str | None = None
    marks: frozenset[str] = frozenset()


def surroundings(task: Task, clock: Callable[[], datetime] = now_utc) -> Result:
    """Ask for them; a command that the release does not know, or answers in unknown words, is skipped.

    Args:
        clock: gives this machine's time, aware.

    Returns:
        A result with `Surroundings`.

    Raises:
        MmpError: the node could not be asked at all.
    """
    facts: NodeFacts = read_node(task, SURROUNDINGS, clock=clock).result
    told = Surroundings(facts.backups, facts.clock_ahead, facts.release, facts.account, facts.no_transfer, facts.marks)
    return Result(host=task.host, result=told)
