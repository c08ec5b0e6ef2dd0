"""What a node need not tell, and is asked for beside its cluster: clock, release, account, backups, file transfer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from nornir.core.task import Task

from mmpctl.cluster.account import UserAccount
from mmpctl.cluster.backups import BackupOnNode
from mmpctl.cluster.marks import mark_of
from mmpctl.device.commands.backup_list import BACKUP_LIST
from mmpctl.device.commands.date import DATE
from mmpctl.device.commands.user_list import USER_LIST
from mmpctl.device.commands.version import VERSION
from mmpctl.errors import AuthenticationError, ConnectError, HostKeyError, MmpError, TransferError
from mmpctl.tasks._ask import ask_if_told
from mmpctl.tasks.session import SFTP, drop, mmp, transfer

_BAK = ".bak"
_TRIES = 2
# A name that a node is asked for without meaning it: whether there is such a file does not matter.
_NO_FILE = "live.json"


@dataclass(frozen=True, slots=True)
class TracesOfRuns:
    """What runs have left on the node.

    Args:
        backups: those that lie on it, by name; None if it does not tell.
        marks: names of the marks; none if it does not list its files.
        stored: names of all its files, likewise.
    """

    backups: tuple[BackupOnNode, ...] | None
    marks: frozenset[str]
    stored: frozenset[str] = frozenset()


def clock_ahead(task: Task, clock: Callable[[], datetime]) -> float | None:
    """Return the seconds that the node's clock is ahead of this machine's; None if it does not tell.

    Args:
        clock: gives this machine's time, aware.
    """
    before = clock()
    there = ask_if_told(task, DATE)
    if there is None or there.utc is None:
        return None
    after = clock()
    # The answer was made at some moment between the two.
    return (there.utc - before - (after - before) / 2).total_seconds()


def release(task: Task) -> str | None:
    """Return the release that the node runs; None if it does not tell."""
    told = ask_if_told(task, VERSION)
    return told.release if told is not None else None


def account(task: Task) -> UserAccount | None:
    """Return the account that this program is logged in with; None if the node does not list it."""
    listed = ask_if_told(task, USER_LIST)
    return listed.account(mmp(task).username) if listed is not None else None


def no_transfer(task: Task) -> str | None:
    """Return why no files can be moved by SFTP; None if they can.

    Tried is what a renewal needs: SFTP beside the command line, and once more, for each node is sent files and asked.

    Raises:
        MmpError: the node could not be asked at all.
    """
    for number in range(_TRIES):
        if number:
            drop(task, SFTP)
        mmp(task)
        try:
            transfer(task, lambda session: session.stat(_NO_FILE), apart=True)
        except (AuthenticationError, HostKeyError):
            raise
        except ConnectError as error:
            return error.told
        except TransferError as error:
            # What the node reports to a name is an answer: it offers SFTP.
            if error.code == "sftp-refused":
                return error.told
    mmp(task)
    return None


def traces_of_runs(task: Task) -> TracesOfRuns:
    """Return the backups that lie on the node, and the marks of runs."""
    listed = ask_if_told(task, BACKUP_LIST)
    try:
        files = transfer(task, lambda session: session.files())
    except MmpError:
        files = None
    if listed is None and files is None:
        return TracesOfRuns(None, frozenset())
    marks = frozenset(file.name for file in files or () if mark_of(file.name) is not None)
    # What only one of the two knows is there all the same.
    found = {
        name.removesuffix(_BAK): BackupOnNode(name.removesuffix(_BAK)) for name in (listed.backups if listed else ())
    }
    for file in files or ():
        if file.name.endswith(_BAK):
            name = file.name.removesuffix(_BAK)
            found[name] = BackupOnNode(name, file.size, file.modified)
    return TracesOfRuns(
        tuple(found[name] for name in sorted(found)), marks, frozenset(file.name for file in files or ())
    )
