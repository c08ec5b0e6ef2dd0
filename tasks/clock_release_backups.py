"""What a preflight wants to know of a node beside its cluster: clock, release, account, and the backups on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from nornir.core.task import Result, Task

from mmpctl.cluster.account import UserAccount
from mmpctl.cluster.backups import BackupOnNode
from mmpctl.cluster.marks import mark_of
from mmpctl.device.commands.backup_list import BACKUP_LIST
from mmpctl.device.commands.date import DATE
from mmpctl.device.commands.user_list import USER_LIST
from mmpctl.device.commands.version import VERSION
from mmpctl.errors import AuthenticationError, ConnectError, HostKeyError, MmpError, TransferError
from mmpctl.moment import utc_now
from mmpctl.tasks._ask import ask_if_told
from mmpctl.tasks.session import SFTP, drop, mmp, transfer

_BAK = ".bak"
_TRIES = 2
# A name that a node is asked for without meaning it: whether there is such a file does not matter.
_NO_FILE = "live.json"


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


@dataclass(frozen=True, slots=True)
class TracesOfRuns:
    """What runs have left on the node.

    Args:
        backups: those that lie on it, by name; None if it does not tell.
        marks: names of the marks; none if it does not list its files.
    """

    backups: tuple[BackupOnNode, ...] | None
    marks: frozenset[str]


def surroundings(task: Task, clock: Callable[[], datetime] = utc_now) -> Result:
    """Ask for them; a command that the release does not know, or answers in unknown words, is skipped.

    Args:
        clock: gives this machine's time, aware.

    Returns:
        A result with `Surroundings`.

    Raises:
        MmpError: the node could not be asked at all.
    """
    ahead = clock_ahead(task, clock).result
    release = ask_if_told(task, VERSION)
    running = release.release if release is not None else None
    left = _traces(task)
    told = Surroundings(left.backups, ahead, running, account(task).result, _no_transfer(task), left.marks)
    return Result(host=task.host, result=told)


def clock_ahead(task: Task, clock: Callable[[], datetime] = utc_now) -> Result:
    """Ask for the time.

    Args:
        clock: gives this machine's time, aware.

    Returns:
        A result with the seconds that the node's clock is ahead; None if it does not tell.

    Raises:
        MmpError: the node could not be asked at all.
    """
    before = clock()
    there = ask_if_told(task, DATE)
    if there is None or there.utc is None:
        return Result(host=task.host)
    after = clock()
    # The answer was made at some moment between the two.
    return Result(host=task.host, result=(there.utc - before - (after - before) / 2).total_seconds())


def account(task: Task) -> Result:
    """Ask for the account that this program is logged in with, and so for the end of its password.

    Returns:
        A result with a `UserAccount`; None if the node does not tell.

    Raises:
        MmpError: the node could not be asked at all.
    """
    listed = ask_if_told(task, USER_LIST)
    return Result(host=task.host, result=listed.account(mmp(task).username) if listed is not None else None)


def backups_there(task: Task) -> Result:
    """Ask for the backups that lie on the node, and for the marks of runs.

    Returns:
        A result with `TracesOfRuns`.

    Raises:
        MmpError: the node could not be asked at all.
    """
    return Result(host=task.host, result=_traces(task))


def _no_transfer(task: Task) -> str | None:
    """Try what a renewal needs: SFTP beside the command line, and once more, for each node is sent files and asked."""
    for number in range(_TRIES):
        if number:
            drop(task, SFTP)
        mmp(task)
        try:
            transfer(task, lambda session: session.stat(_NO_FILE))
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


def _traces(task: Task) -> TracesOfRuns:
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
    return TracesOfRuns(tuple(found[name] for name in sorted(found)), marks)
