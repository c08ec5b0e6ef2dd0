"""Netmiko's file transfer for `cisco_cms`, on SFTP: what `file_transfer` and `netmiko_file_transfer` work with."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

import paramiko
from netmiko.scp_handler import BaseFileTransfer

from mmpctl.device.sftp.subsystem import open_sftp
from mmpctl.device.sftp.transfer import SftpSession
from mmpctl.errors import TransferError

_ANSWER_SECONDS: Final = 60.0


class Line(Protocol):
    """What is asked of the session: `CiscoCms`, which itself knows of this module."""

    host: str
    host_key: str

    @property
    def answer_seconds(self) -> float | None:
        """How long an answer may take, in seconds, if that was said."""

    @property
    def read_only(self) -> bool:
        """Whether the session only reads: then nothing is sent over SFTP either."""

    def open_ssh_client(self) -> paramiko.SSHClient:
        """Connect and log in as the session did."""


class CiscoCmsFileTransfer(BaseFileTransfer):
    """Moves one file, on an SSH connection of its own with the credentials and the host-key policy of the session.

    A file is proved by its content: what was sent is read back. The device has one flat folder.

    Args:
        ssh_conn: an open session of the platform.
        source_file: the local path (`put`), or the name on the node (`get`).
        dest_file: the name on the node (`put`), or the local path (`get`; written with mode 0600).
        file_system: the device's one folder.
        direction: `put` or `get`.
        socket_timeout: not used: the session's own `read_timeout_override` holds, else 60 seconds.
        progress: called with name, size and bytes sent, once, when the file is there.
        progress4: likewise, and with the node's address.
        hash_supported: not used.

    Raises:
        ValueError: another direction, or another folder.
    """

    def __init__(
        self,
        ssh_conn: Line,
        source_file: str,
        dest_file: str,
        file_system: str | None = "/",
        direction: str = "put",
        socket_timeout: float = 10.0,
        progress: Callable[..., Any] | None = None,
        progress4: Callable[..., Any] | None = None,
        hash_supported: bool = True,
    ) -> None:
        # Not the base class's: it asks the device with commands that only IOS knows.
        if direction not in ("put", "get"):
            raise ValueError(f"direction is put or get, not {direction!r}")
        if file_system not in (None, "", "/"):
            raise ValueError(f"the device has the one folder /, and no {file_system!r}")
        self._line = ssh_conn
        self.source_file = source_file
        self.dest_file = dest_file
        self.file_system = "/"
        self.direction = direction
        self.socket_timeout = socket_timeout
        self.progress = progress
        self.progress4 = progress4
        self._remote = (dest_file if direction == "put" else source_file).removeprefix("/")
        self._local = Path(source_file if direction == "put" else dest_file)
        self._client: paramiko.SSHClient | None = None
        self._session: SftpSession | None = None
        self._replace = False

    def establish_scp_conn(self) -> None:
        """Open SFTP.

        Raises:
            ConnectError: no connection; its code tells why.
            TransferError: the node offers no SFTP.
        """
        line = self._line
        self._client = line.open_ssh_client()
        try:
            sftp = open_sftp(self._client, line.answer_seconds or _ANSWER_SECONDS)
        except BaseException:
            self._client.close()
            raise
        self._session = SftpSession(sftp, host_key=line.host_key, read_only=line.read_only)

    def close_scp_chan(self) -> None:
        """Close SFTP."""
        if self._session is not None:
            self._session.close()
        if self._client is not None:
            self._client.close()
        self._session = self._client = None

    def check_file_exists(self, remote_cmd: str = "") -> bool:
        """Return whether there is a file of that name where this one goes.

        Args:
            remote_cmd: not used.
        """
        there = self._local.exists() if self.direction == "get" else self._sftp.stat(self._remote) is not None
        # Netmiko goes on from here only where it may be overwritten.
        self._replace = there
        return there

    def verify_space_available(self, search_pattern: str = "") -> bool:
        """Return whether there is room for it; a node does not tell, and says so when its disk is full.

        Args:
            search_pattern: not used.
        """
        return self.direction == "put" or self.local_space_available() > self.remote_file_size()

    def local_space_available(self) -> int:
        """Return bytes that are free where the local file goes."""
        return shutil.disk_usage(self._local.absolute().parent).free

    def remote_space_available(self, search_pattern: str = "") -> int:
        """Return bytes that are free on the node, which does not tell.

        Args:
            search_pattern: not used.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError("the device does not report its free space")

    def remote_file_size(self, remote_cmd: str = "", remote_file: str | None = None) -> int:
        """Return bytes of a file on the node.

        Args:
            remote_cmd: not used.
            remote_file: its name; by default that of this transfer.

        Raises:
            OSError: there is no such file.
        """
        name = remote_file or self._remote
        there = self._sftp.stat(name)
        if there is None:
            raise FileNotFoundError(f"{name} is not on the node")
        return there.size

    def remote_md5(self, base_cmd: str = "", remote_file: str | None = None) -> str:
        """Return the MD5 of a file on the node, which is read for it.

        Args:
            base_cmd: not used.
            remote_file: its name; by default that of this transfer.
        """
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy"
            self._sftp.fetch(remote_file or self._remote, copy)
            return self.file_md5(str(copy))

    def compare_md5(self) -> bool:
        """Return whether both files have the same content."""
        with self._local.open("rb") as file:
            # `file_digest` is not in Python 3.10.
            local = hashlib.sha256(file.read()).hexdigest()
        with tempfile.TemporaryDirectory() as folder:
            return self._sftp.fetch(self._remote, Path(folder) / "copy").sha256 == local

    def verify_file(self) -> bool:
        """Return whether both files have the same content."""
        return self.compare_md5()

    def put_file(self) -> None:
        """Send the file, and read it back.

        Raises:
            TransferError: it did not arrive whole.
        """
        digest = self._sftp.store(self._local.read_bytes(), self._remote, replace=self._replace)
        self._done(digest.size)

    def get_file(self) -> None:
        """Fetch the file; it appears under its name when it is whole.

        Raises:
            TransferError: it did not come whole.
        """
        self._done(self._sftp.fetch(self._remote, self._local).size)

    @property
    def _sftp(self) -> SftpSession:
        if self._session is None:
            raise TransferError("SFTP is not open", advice="Use the transfer in a `with` block.")
        return self._session

    def _done(self, size: int) -> None:
        name = os.fsencode(self.source_file)
        if self.progress is not None:
            self.progress(name, size, size)
        if self.progress4 is not None:
            self.progress4(name, size, size, self._line.host)
