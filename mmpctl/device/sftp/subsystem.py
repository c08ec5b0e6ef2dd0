"""SFTP on an SSH connection that stands."""

from __future__ import annotations

import paramiko

from mmpctl.device.sftp.client import SftpClient
from mmpctl.device.ssh.connection import BROKEN, answered_within, open_channel
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
        with answered_within(channel, seconds):
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
