"""SFTP as a second channel of the command line's connection: a login and a key exchange less for each node.

Nobody has seen if a Meeting Server takes it, so it is tried once for each node and process, by sessions that only read,
and whatever goes wrong with it is no failure: SFTP gets a connection of its own then, as it always has for renewals.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from nornir.core.inventory import Host
from nornir.core.task import Task

from mmpctl.device.platform import CiscoCms
from mmpctl.device.sftp.mmp_sftp import CONNECTION_NAME
from mmpctl.device.sftp.subsystem import open_sftp
from mmpctl.device.sftp.transfer import SftpSession
from mmpctl.errors import MmpError

# A node that takes the channel answers in a round trip or two.
_SECONDS: Final = 10.0
# Nodes that were found not to take it.
_apart: set[tuple[str | None, int | None]] = set()


class SecondChannel:
    """Looks to Nornir like the connection `mmp_sftp`, and ends without ending the command line."""

    def __init__(self, line: CiscoCms, session: SftpSession) -> None:
        self.line = line
        self.connection = session

    def open(self, *_: Any, **__: Any) -> None:
        """Nothing: it is open as soon as it is made."""

    def close(self) -> None:
        """Close the channel."""
        self.connection.close()


def try_second_channel(task: Task, line: CiscoCms) -> SftpSession | None:
    """Open SFTP beside the command line, and let Nornir know it.

    Args:
        task: of the node.
        line: the open command line, of a session that only reads.

    Returns:
        None if the node does not take it, which is remembered.
    """
    client = line.remote_conn_pre
    if _node(task.host) in _apart or client is None:
        return None
    try:
        sftp = open_sftp(client, _SECONDS, patient=False)
    except MmpError:
        _apart.add(_node(task.host))
        _ask_for_prompt(line)
        return None
    session = SftpSession(sftp, host_key=line.host_key, read_only=True)
    task.host.connections[CONNECTION_NAME] = SecondChannel(line, session)
    return session


def is_second_channel(host: Host) -> bool:
    """Return whether the node's SFTP is a channel of its command line's connection."""
    return isinstance(host.connections.get(CONNECTION_NAME), SecondChannel)


def part(task: Task) -> bool:
    """Close SFTP if it is a second channel, since one of the two has failed; the node is not tried again.

    Returns:
        Whether it was one.
    """
    if not is_second_channel(task.host):
        return False
    _apart.add(_node(task.host))
    task.host.close_connection(CONNECTION_NAME)
    return True


def _ask_for_prompt(line: CiscoCms) -> None:
    # A command line that was disturbed is closed here, and opened again by its next use.
    with suppress(MmpError):
        if line.shell is not None:
            line.shell.exchange("", _SECONDS)


def _node(host: Host) -> tuple[str | None, int | None]:
    return host.hostname, host.port
