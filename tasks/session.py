"""The open sessions of a node, opened when first asked for and again when they were lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any, TypeVar, cast

from nornir.core.inventory import Host
from nornir.core.task import Task

from mmpctl.device.platform import CiscoCms
from mmpctl.device.sftp.mmp_sftp import SftpSession
from mmpctl.device.ssh.authentication import remember_logins
from mmpctl.errors import (
    AuthenticationError,
    CommandRefused,
    ConnectionLost,
    DialogueError,
    HostKeyError,
    MmpError,
    TransferError,
    UnknownQuestion,
)
from mmpctl.inventory.connections import require_safe
from mmpctl.inventory.read_only_sessions import only_reads
from mmpctl.runs.login_memory import LoginMemory
from mmpctl.tasks._second_channel import is_second_channel, part, try_second_channel
from mmpctl.timing import RECORDER, Phase

MMP = "netmiko"
SFTP = "mmp_sftp"

# What an attempt to open a session may come to where the node has no room for one more.
_NO_ROOM = ("connection-lost", "connection-refused", "channel-refused", "sftp-refused")
# What SFTP may come to where the node does not take it beside the command line.
_DISTURBED = ("sftp-garbled", "too-slow")
_CLOSING_PAUSES = (0.1, 0.4)
# Nodes that were found to allow one session at a time.
_one_session: set[tuple[str | None, int | None]] = set()

T = TypeVar("T")


@contextmanager
def on_node(task: Task) -> Iterator[None]:
    """Give errors the inventory name of the node they happened on."""
    try:
        yield
    except MmpError as error:
        error.on(task.host.name)
        raise


def mmp(task: Task) -> CiscoCms:
    """Return the node's command line; one that has died, or has other rights than are needed now, is opened again.

    Raises:
        ConnectError: no session could be opened; its code says why.
        InventoryError: the connection would lead to anything but SSH to this host.
    """
    with on_node(task):
        session = cast(CiscoCms, _beside(task, MMP, SFTP))
        if not session.is_alive():
            part(task)
        if not session.is_alive() or session.read_only != only_reads(task.host, MMP):
            drop(task, MMP)
            session = cast(CiscoCms, _beside(task, MMP, SFTP))
        return session


def look(task: Task, read: Callable[[CiscoCms], T]) -> T:
    """Read something on the command line, once more when the session is lost on the way: reading changes nothing.

    Args:
        read: what to do with the session; it must not change the device.

    Raises:
        MmpError: it failed twice, or in another way.
    """
    with on_node(task):
        try:
            return read(mmp(task))
        except ConnectionLost:
            part(task)
        except (CommandRefused, UnknownQuestion):
            raise
        except DialogueError:
            # A command line that falls silent or talks out of turn may have been disturbed by a channel beside it.
            if not part(task):
                raise
        # The second try stands outside: an error of its own must not be mixed up with the first one.
        drop(task, MMP)
        return read(mmp(task))


def transfer(task: Task, move: Callable[[SftpSession], T], *, apart: bool = False) -> T:
    """Do something by SFTP, once more when the session was lost since it was last used.

    Args:
        move: what to do with the session; it must be safe to do twice.
        apart: on a connection of its own, as a renewal does it; otherwise it may be one that reads beside the command
            line.

    Raises:
        MmpError: it failed twice, or in another way.
    """
    with on_node(task), RECORDER.spent_on(Phase.SFTP):
        if apart and is_second_channel(task.host):
            drop(task, SFTP)
        try:
            return move(_sftp(task, apart=apart))
        except ConnectionLost:
            part(task)
        except TransferError as error:
            if error.code not in _DISTURBED or not part(task):
                raise
        drop(task, SFTP)
        return move(_sftp(task, apart=apart))


def allows_one_session(task: Task) -> bool:
    """Whether the node was found to allow one session at a time: looking at its files closes the command line."""
    return (task.host.hostname, task.host.port) in _one_session


def _sftp(task: Task, *, apart: bool) -> SftpSession:
    if not apart and SFTP not in task.host.connections and MMP in task.host.connections and _both_read(task.host):
        line = cast(CiscoCms, task.host.get_connection(MMP, task.nornir.config))
        beside = try_second_channel(task, line) if line.is_alive() and line.read_only else None
        if beside is not None:
            return beside
    session = cast(SftpSession, _beside(task, SFTP, MMP))
    if session.read_only != only_reads(task.host, SFTP):
        drop(task, SFTP)
        session = cast(SftpSession, _beside(task, SFTP, MMP))
    return session


def _both_read(host: Host) -> bool:
    return only_reads(host, MMP) and only_reads(host, SFTP)


def _beside(task: Task, wanted: str, other: str) -> Any:
    """Return a connection beside the node's other one; in place of it if the node allows one session at a time."""
    node = (task.host.hostname, task.host.port)
    if node in _one_session and wanted not in task.host.connections:
        drop(task, other)
    try:
        return _opened(task, wanted)
    except (AuthenticationError, HostKeyError):
        raise
    except MmpError as error:
        if error.code not in _NO_ROOM or other not in task.host.connections:
            raise
    drop(task, other)
    session = _opened_after_a_close(task, wanted)
    _one_session.add(node)
    return session


def _opened_after_a_close(task: Task, wanted: str) -> Any:
    # The node may take a moment to notice that the other session has ended.
    for pause in _CLOSING_PAUSES:
        try:
            return _opened(task, wanted)
        except (AuthenticationError, HostKeyError):
            raise
        except MmpError as error:
            if error.code not in _NO_ROOM:
                raise
        Event().wait(pause)
    return _opened(task, wanted)


def _opened(task: Task, name: str) -> Any:
    if name not in task.host.connections:
        # Whoever made the inventory, and in anybody's project: nothing but SSH to this very host is opened.
        require_safe(task.host, name, task.nornir.config.ssh.config_file)
        remember_logins(LoginMemory)
    return task.host.get_connection(name, task.nornir.config)


def drop(task: Task, name: str) -> None:
    """Forget a connection, so that the next use opens a new one."""
    if name == MMP and is_second_channel(task.host):
        task.host.close_connection(SFTP)
    if name in task.host.connections:
        task.host.close_connection(name)
