"""The Nornir connection `mmp_sftp`: SFTP to a node, on an SSH connection of its own.

Nornir imports this module in every `InitNornir`, by our entry point; the import makes Netmiko know `cisco_cms` too.
"""

from __future__ import annotations

from typing import Any, Final

import paramiko
from nornir.core.configuration import Config

from mmpctl.device.netmiko_options import PLATFORM
from mmpctl.device.platform import CiscoCms, register
from mmpctl.device.sftp.remote_file import FileDigest, RemoteFile
from mmpctl.device.sftp.subsystem import open_sftp
from mmpctl.device.sftp.transfer import SftpSession

__all__ = ["CONNECTION_NAME", "FileDigest", "MmpSftp", "RemoteFile", "SftpSession"]

CONNECTION_NAME: Final = "mmp_sftp"
_ANSWER_SECONDS: Final = 60.0
# What belongs to the command line alone.
_NOT_FOR_SFTP: Final = ("auto_connect", "session_log", "recorder", "quiet_seconds")

register()


class MmpSftp:
    """Opens SFTP with the credentials, the host-key policy and the options of the command line's connection."""

    def __init__(self) -> None:
        self.connection: SftpSession
        self._client: paramiko.SSHClient | None = None

    def open(
        self,
        hostname: str | None,
        username: str | None,
        password: str | None,
        port: int | None,
        platform: str | None,
        extras: dict[str, Any] | None = None,
        configuration: Config | None = None,
    ) -> None:
        """Connect; called by Nornir.

        Args:
            hostname: name or address of the node.
            username: account.
            password: its password, if no key is used.
            port: SSH port; 22 if it is None.
            platform: not used, SFTP is the same everywhere.
            extras: options of `CiscoCms`, as for the connection `netmiko`.
            configuration: Nornir's own; its SSH configuration file is heeded.

        Raises:
            ConnectError: as for the command line.
            TransferError: the node offers no SFTP (code `sftp-refused`).
        """
        options: dict[str, Any] = {"host": hostname, "username": username, "password": password, "port": port}
        if configuration is not None:
            options["ssh_config_file"] = configuration.ssh.config_file
        options |= {key: value for key, value in (extras or {}).items() if key not in _NOT_FOR_SFTP}
        options["device_type"] = PLATFORM
        line = CiscoCms(**options, auto_connect=False)
        try:
            self._client = line.open_ssh_client()
            seconds = line.answer_seconds or _ANSWER_SECONDS
            self.connection = SftpSession(
                open_sftp(self._client, seconds), host_key=line.host_key, read_only=line.read_only
            )
        except BaseException:
            self.close()
            raise
        finally:
            line.disconnect()

    def close(self) -> None:
        """Disconnect; called by Nornir."""
        if self._client is not None:
            self._client.close()
            self._client = None
