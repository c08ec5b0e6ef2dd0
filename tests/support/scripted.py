"""A tiny SSH server that plays scripts byte by byte, for conversations that no orderly device has."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any

import asyncssh
import paramiko

from mmpctl.device.platform import CiscoCms
from tests.support.children import PATIENCE_SECONDS

HOST = "127.0.0.1"
USER = "admin"
PASSWORD = "Example.123"
PROMPT = b"cms2> "


class Terminal:
    """The device's side of one interactive session."""

    def __init__(self, process: asyncssh.SSHServerProcess[bytes], heard: bytearray) -> None:
        self._process = process
        self._heard = heard
        self.width = process.term_size[0]

    async def say(self, *pieces: bytes, pause: float = 0.0, stream: str = "stdout") -> None:
        """Send pieces, each in a packet of its own, with a pause between them, on `stdout` or `stderr`."""
        for number, piece in enumerate(pieces):
            if number:
                await asyncio.sleep(pause)
            getattr(self._process, stream).write(piece)

    async def byte(self) -> bytes:
        """Take one byte; empty when the client has gone."""
        one = await self._process.stdin.read(1)
        self._heard += one
        return one

    async def line(self, *, echo: bool = True) -> bytes:
        """Take a line up to Enter, which is the one byte `\\r`, echoing as a terminal does."""
        line = b""
        while (one := await self.byte()) != b"\r":
            if not one:
                raise ConnectionResetError
            line += one
            if echo:
                await self.say(one)
        if echo:
            await self.say(b"\r\n")
        return line

    async def vanish(self) -> None:
        """Cut the connection, from another thread."""
        self.drop()

    def drop(self) -> None:
        """Cut the connection."""
        self._process.channel.get_connection().abort()


Script = Callable[[Terminal], Awaitable[None]]


class Scripted:
    """A server on loopback that gives every session to the same script.

    Args:
        script: plays one session.
        folder: where the file of known hosts is written.
        options: for `asyncssh.listen`.
    """

    def __init__(
        self,
        script: Script | None,
        folder: Path,
        *,
        server: Callable[[Scripted], asyncssh.SSHServer] | None = None,
        **options: Any,
    ) -> None:
        self._script = script
        self._server = server or Doorkeeper
        self._options = options
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.heard = bytearray()
        self.tries: list[str] = []
        self.connections = 0
        self.port = 0
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.known_hosts = folder / "known_hosts"

    def __enter__(self) -> Scripted:  # noqa: PYI034  # Self is not in Python 3.10
        self._thread.start()
        self._listener = asyncio.run_coroutine_threadsafe(self._listen(), self.loop).result(10)
        self.port = self._listener.get_port()
        public = self.key.export_public_key().decode().strip()
        self.known_hosts.write_text(f"[{HOST}]:{self.port} {public}\n")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()

    def arguments(self, **changes: Any) -> dict[str, Any]:
        """What `CiscoCms` needs to connect here."""
        usual = {"host": HOST, "port": self.port, "username": USER, "password": PASSWORD}
        return usual | {"alt_key_file": str(self.known_hosts), "quiet_seconds": 0.1, "conn_timeout": 5} | changes

    def connect(self, **changes: Any) -> CiscoCms:
        """Open a session."""
        return CiscoCms(**self.arguments(**changes))

    def play(self, part: Coroutine[Any, Any, None]) -> None:
        """Play a part of a script out of turn."""
        asyncio.run_coroutine_threadsafe(part, self.loop).result(5)

    @property
    def enters(self) -> list[bytes]:
        """What was heard, split at Enter."""
        return bytes(self.heard).split(b"\r")

    async def _listen(self) -> asyncssh.SSHAcceptor:
        if self._script is not None:
            self._options |= {"process_factory": self._play, "encoding": None, "line_editor": False}
        return await asyncssh.listen(
            HOST, 0, server_factory=lambda: self._server(self), server_host_keys=[self.key], **self._options
        )

    async def _play(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        assert self._script is not None
        try:
            await self._script(Terminal(process, self.heard))
            process.exit(0)
        except (ConnectionResetError, BrokenPipeError, asyncssh.BreakReceived):
            process.close()

    async def _stop(self) -> None:
        self._listener.close()
        await self._listener.wait_closed()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()


class Doorkeeper(asyncssh.SSHServer):
    """Lets the one user in, and counts."""

    def __init__(self, owner: Scripted) -> None:
        self.owner = owner

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.owner.connections += 1

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self.owner.tries.append(password)
        return (username, password) == (USER, PASSWORD)


def answering(replies: dict[str, bytes], *, echo: bool = True, banner: bytes = b"") -> Script:
    """A script of an orderly device: a prompt, and one reply per command."""

    async def script(terminal: Terminal) -> None:
        await terminal.say(banner + PROMPT)
        while True:
            line = (await terminal.line(echo=echo)).decode()
            reply = replies.get(line, b"" if not line else b"Unknown command: " + line.encode() + b"\r\n")
            await terminal.say(reply + PROMPT)

    return script


def wait_for_arrival(line: CiscoCms) -> None:
    """Wait until something has arrived that nobody has read, or the session has ended."""
    until = time.monotonic() + PATIENCE_SECONDS
    channel = line.remote_conn
    assert isinstance(channel, paramiko.Channel)
    while line.is_alive() and not channel.recv_ready() and time.monotonic() < until:
        time.sleep(0.005)
