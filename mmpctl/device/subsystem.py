"""SFTP on an SSH connection that stands."""

from __future__ import annotations

import paramiko

from mmpctl.device.connect import BROKEN, open_channel
from mmpctl.errors import TransferError


def open_sftp(client: paramiko.SSHClient, seconds: float) -> paramiko.SFTPClient:
    """Open SFTP.

    Args:
        client: logged in.
        seconds: how long each answer may take.

    Raises:
        ConnectError: no channel could be opened.
        TransferError: the node offers no SFTP (code `sftp-refused`).
    """
    channel = open_channel(client)
    channel.settimeout(seconds)
    try:
        channel.invoke_subsystem("sftp")
        return paramiko.SFTPClient(channel)
    except (*BROKEN, paramiko.SFTPError) as error:
        raise TransferError(
            "the node offers no SFTP", code="sftp-refused", advice="Check that the account may use SFTP."
        ) from error
