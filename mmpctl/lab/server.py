"""The SSH server of one node."""

from __future__ import annotations

import asyncio
import hmac
import time
from typing import Any, cast

import asyncssh

from .files import Files
from .freeze import freeze
from .node import Node
from .session import Session


class Channel(asyncssh.SSHServerProcess[bytes]):
    """A session channel: a shell, a command, or SFTP.

    Args:
        server: the connection that it belongs to.
    """

    def __init__(self, server: Server) -> None:
        node = server.node
        super().__init__(
            lambda process: Session(node, process, lambda: server.is_stunned).run(),
            lambda chan: Files(cast("asyncssh.SSHServerChannel[bytes]", chan), node),
            3,
            False,
        )
        self._server = server

    def subsystem_requested(self, subsystem: str) -> bool:
        """SFTP only; on some releases not beside another channel, or not without harm to that one."""
        alone = self._server.open_channels == 1
        switches = self._server.node.switches
        if not alone and switches.second_channel != "nothing":
            self._server.suffer(switches.second_channel)
        return subsystem == "sftp" and switches.sftp and (alone or switches.sftp_beside_shell)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count the channel out."""
        self._server.open_channels -= 1
        self._server.node.open_channels -= 1
        super().connection_lost(exc)


class Server(asyncssh.SSHServer):
    """One client's connection.

    Args:
        node: the node.
        username: the account.
        password: its password.
        key: a public key that is as good.
    """

    def __init__(self, node: Node, username: str, password: str, key: asyncssh.SSHKey) -> None:
        self.node = node
        self.open_channels = 0
        self.is_stunned = False
        self._freezing: asyncio.Task[None] | None = None
        self._username = username
        self._password = password
        self._key = key
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Keep the connection: the channels need it."""
        self._connection = conn

    def suffer(self, harm: str) -> None:
        """Let a second channel harm the connection: ``ends``, ``stuns`` or ``freezes`` it."""
        self.node.tell("fault", f"a second channel {harm} the connection")
        if self._connection is None:
            return
        if harm == "ends":
            self._connection.abort()
        elif harm == "freezes":
            self._freezing = asyncio.get_running_loop().create_task(freeze(self._connection))
        self.is_stunned = True

    def begin_auth(self, username: str) -> bool:
        """Everybody must authenticate; a banner may come first."""
        if self.node.switches.banner and self._connection is not None:
            self._connection.send_auth_banner(self.node.switches.banner)
        return True

    def password_auth_supported(self) -> bool:
        """Passwords are the usual way."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Whether user and password are right; each attempt is recorded."""
        good = username == self._username and hmac.compare_digest(password.encode(), self._password.encode())
        self.node.tell("auth", f"password {'accepted' if good else 'refused'}: {username}")
        if good and self.node.switches.login_expired == "login":
            raise asyncssh.PasswordChangeRequired("Your password has expired. New password:")
        return good

    def change_password(self, username: str, old_password: str, new_password: str) -> bool:
        """A new password is recorded, and not taken."""
        self.node.tell("auth", f"new password refused: {username}")
        return False

    def public_key_auth_supported(self) -> bool:
        """Keys work too."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether it is the administrator's key."""
        good = username == self._username and key == self._key
        self.node.tell("auth", f"key {'accepted' if good else 'refused'}: {username}")
        return good

    def session_requested(self) -> Any:
        """A new channel, unless it comes too soon after the one before."""
        now = time.monotonic()
        if now - self.node.last_channel < self.node.switches.channel_gap or self._connection is None:
            raise self._refused()
        if self.node.channel_refusals:
            self.node.channel_refusals -= 1
            raise self._refused()
        if self.node.open_channels >= (self.node.switches.sessions or self.node.open_channels + 1):
            self.node.tell("fault", "a session too many was refused")
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_RESOURCE_SHORTAGE, "Too many sessions")
        self.node.last_channel = now
        self.node.channel_refusals = self.node.switches.channel_refusals
        self.open_channels += 1
        self.node.open_channels += 1
        return self._connection.create_server_channel(encoding=None), Channel(self)

    def _refused(self) -> asyncssh.ChannelOpenError:
        self.node.tell("fault", "a channel was refused")
        return asyncssh.ChannelOpenError(asyncssh.OPEN_RESOURCE_SHORTAGE, "Too fast")
