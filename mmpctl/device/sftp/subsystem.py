"""SFTP on an SSH connection that stands."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import paramiko

from mmpctl.device.sftp.client import SftpClient
from mmpctl.device.ssh.connection import BROKEN, open_channel
from mmpctl.errors import TransferError

_MOST_WORDS = 300


def open_sftp(client: paramiko.SSHClient, seconds: float, *, patient: bool = True) -> SftpClient:
    """Open SFTP.

    Args:
        client: logged in.
        seconds: how long each answer may take.
        patient: try again if the node refuses the channel; otherwise its first answer counts.

    Raises:
        ConnectError: no channel could be opened.
        TransferError: the node offers no SFTP (code `sftp-refused`).
    """
    channel = open_channel(client) if patient else open_channel(client, seconds=seconds, patient=False)
    channel.settimeout(seconds)
    try:
        with _answered_within(channel, seconds):
            channel.invoke_subsystem("sftp")
        return SftpClient(channel, seconds)
    except (*BROKEN, paramiko.SFTPError) as error:
        raise TransferError(
            f"the node offers no SFTP ({_own_words(channel) or error or type(error).__name__})",
            code="sftp-refused",
            advice="Check that the account may use SFTP.",
        ) from error


def _own_words(channel: paramiko.Channel) -> str:
    """Return what the node itself said to it, if anything, in one line."""
    said = channel.recv_stderr(_MOST_WORDS) if channel.recv_stderr_ready() else b""
    return " ".join(said.decode("utf-8", "replace").split())


@contextmanager
def _answered_within(channel: paramiko.Channel, seconds: float) -> Iterator[None]:
    """Close a channel on which a block takes too long: paramiko waits for the answer to a request without end."""
    before = channel.event
    # A thread that watches costs as much as the whole request.
    channel.event = _Bounded(channel, time.monotonic() + seconds)
    try:
        yield
    finally:
        channel.event = before


class _Bounded(threading.Event):
    """What paramiko waits for, with an end: the channel is closed then, which is an answer too.

    Args:
        channel: that is asked.
        until: moment of the monotonic clock.
    """

    def __init__(self, channel: paramiko.Channel, until: float) -> None:
        super().__init__()
        self._channel = channel
        self._until = until

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the answer, or for the end of the time."""
        left = max(0.0, self._until - time.monotonic())
        if not super().wait(left if timeout is None else min(left, timeout)) and timeout is None:
            self._channel.close()
            self.set()
        return self.is_set()
