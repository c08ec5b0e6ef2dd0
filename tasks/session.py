"""The open sessions of a node, opened when first asked for and again when they were lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar, cast

from nornir.core.task import Task

from mmpctl.device.platform import CiscoCms
from mmpctl.device.sftp import SftpSession
from mmpctl.errors import ConnectionLost, MmpError
from mmpctl.inventory.connections import require_safe
from mmpctl.inventory.reading import only_reads

MMP = "netmiko"
SFTP = "mmp_sftp"

T = TypeVar("T")


@contextmanager
def on_node(task: Task) -> Iterator[None]:
    """Give errors the inventory name of the node they happened on."""
    try:
        yield
    except MmpError as error:
        if error.node is None:
            error.node = task.host.name
        raise


def mmp(task: Task) -> CiscoCms:
    """The node's command line; one that has died, or may do more or less than is wanted now, is opened anew.

    Raises:
        ConnectError: no session could be opened; its code says why.
        InventoryError: the connection would lead to anything but SSH to this host.
    """
    with on_node(task):
        session = cast(CiscoCms, _opened(task, MMP))
        if not session.is_alive() or session.read_only != only_reads(task.host, MMP):
            drop(task, MMP)
            session = cast(CiscoCms, _opened(task, MMP))
        return session


def look(task: Task, read: Callable[[CiscoCms], T]) -> T:
    """Read something on the command line, once more when the session is lost on the way: reading changes nothing.

    Args:
        read: what to do with the session; it must not change the device.

    Raises:
        MmpError: it failed twice, or in another way.
    """
    with on_node(task):
        with suppress(ConnectionLost):
            return read(mmp(task))
        # The second try stands outside: an error of its own must not be mixed up with the first one.
        drop(task, MMP)
        return read(mmp(task))


def transfer(task: Task, move: Callable[[SftpSession], T]) -> T:
    """Do something by SFTP, once more when the session was lost since it was last used.

    Args:
        move: what to do with the session; it must be safe to do twice.

    Raises:
        MmpError: it failed twice, or in another way.
    """
    with on_node(task):
        with suppress(ConnectionLost):
            return move(_sftp(task))
        drop(task, SFTP)
        return move(_sftp(task))


def _sftp(task: Task) -> SftpSession:
    session = cast(SftpSession, _opened(task, SFTP))
    if session.read_only != only_reads(task.host, SFTP):
        drop(task, SFTP)
        session = cast(SftpSession, _opened(task, SFTP))
    return session


def _opened(task: Task, name: str) -> Any:
    if name not in task.host.connections:
        # Whoever made the inventory, and in anybody's project: nothing but SSH to this very host is opened.
        require_safe(task.host, name, task.nornir.config.ssh.config_file)
    return task.host.get_connection(name, task.nornir.config)


def drop(task: Task, name: str) -> None:
    """Forget a connection, so that the next use opens a new one."""
    if name in task.host.connections:
        task.host.close_connection(name)
