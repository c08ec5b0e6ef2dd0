"""The marks of runs on a node: look for them, leave one, take some away."""

from __future__ import annotations

from collections.abc import Iterable

from nornir.core.task import Result, Task

from mmpctl.cluster.marks import mark_of, traces_of
from mmpctl.device.sftp.mmp_sftp import SftpSession
from mmpctl.errors import MmpError, RefusedError, TransferError
from mmpctl.tasks.session import transfer


def traces(task: Task, run: str) -> Result:
    """Look for the traces of runs: one list of the node's files.

    Args:
        run: this run's name; its own backups are no trace.

    Returns:
        A result with the traces, as `mmpctl.cluster.marks.traces_of` names them.

    Raises:
        MmpError: the files could not be listed.
    """
    files = transfer(task, lambda session: session.files())
    return Result(host=task.host, result=traces_of((file.name for file in files), run))


def leave_mark(task: Task, file: str, text: str, run: str) -> Result:
    """Leave a mark, and look for the traces of runs afterwards: of two that do so, one at least sees the other's.

    Args:
        file: the mark's name.
        text: for people who look at the file.
        run: this run's name.

    Returns:
        A result with the traces, the new mark among them.

    Raises:
        TransferError: the mark could not be left, or is not there (code `mark`).
        MmpError: the node could not be reached.
    """
    try:
        transfer(task, lambda session: session.store(text.encode(), file))
        seen: frozenset[str] = traces(task, run).result
    except TransferError as error:
        raise TransferError(
            f"the mark {file}, by which other runs see this one, could not be left: {error.message}",
            code="mark",
            node=task.host.name,
            advice=f"Without it nothing is sent to the node. {error.advice}".strip(),
        ) from error
    if file not in seen:
        raise TransferError(
            f"the mark {file} was written, but the node's list of files does not show it",
            code="mark",
            node=task.host.name,
            advice="Without it nothing is sent to the node. Look at its files by SFTP.",
        )
    return Result(host=task.host, result=seen, changed=True)


def remove_marks(task: Task, files: Iterable[str]) -> Result:
    """Take marks away; what is no mark of a run stays, and what is gone already is no fault.

    Args:
        files: their names.

    Returns:
        A result with the names of those that were there.

    Raises:
        MmpError: one of them could not be deleted.
    """
    marks = [file for file in files if mark_of(file) is not None]

    def remove(session: SftpSession) -> tuple[str, ...]:
        there = {file.name for file in session.files()}
        for file in marks:
            if file in there:
                session.remove_mark(file)
        return tuple(file for file in marks if file in there)

    removed = transfer(task, remove)
    return Result(host=task.host, result=removed, changed=bool(removed))


def traces_now(task: Task, run: str) -> frozenset[str]:
    """Return the traces on a node right before something is sent to it.

    Args:
        run: this run's name.

    Raises:
        RefusedError: they cannot be told, so nobody knows whether this run is alone (code `alone-unknown`).
    """
    try:
        seen: frozenset[str] = traces(task, run).result
    except MmpError as error:
        raise RefusedError(
            f"its files could not be listed, so nobody knows whether another run is at work on it: {error.message}",
            code="alone-unknown",
            node=task.host.name,
            advice="Nothing was sent or confirmed. Resume when the node lists its files by SFTP again.",
        ) from error
    return seen
