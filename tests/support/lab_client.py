"""A plain paramiko client for the lab's tests; it knows nothing of the project's own device layer."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Callable
from types import TracebackType

import paramiko

from mmpctl.lab.fleet import Fleet
from tests.support.children import PATIENCE_SECONDS


class Client:
    """An authenticated connection to one node."""

    def __init__(self, fleet: Fleet, node: str) -> None:
        self.fleet = fleet
        self.node = node
        self.ssh = paramiko.SSHClient()
        self.ssh.load_host_keys(str(fleet.known_hosts))
        host, port = fleet.address(node)
        sock = socket.create_connection((host, port), PATIENCE_SECONDS)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.ssh.connect(
            host,
            port,
            fleet.username,
            fleet.password,
            allow_agent=False,
            look_for_keys=False,
            sock=sock,
            banner_timeout=PATIENCE_SECONDS,
            auth_timeout=PATIENCE_SECONDS,
            channel_timeout=PATIENCE_SECONDS,
        )

    def __enter__(self) -> Client:  # noqa: PYI034 - Self came with Python 3.11
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.ssh.close()

    def run(self, command: str, answer: bytes | None = None) -> str:
        """Run one command on the exec channel; an answer is sent, then the input is closed."""
        channel = self.ssh.get_transport().open_session(timeout=PATIENCE_SECONDS)  # type: ignore[union-attr]
        channel.settimeout(PATIENCE_SECONDS)
        channel.exec_command(command)
        # A command that asks nothing may have ended before the answer is out.
        with contextlib.suppress(OSError):
            if answer is not None:
                channel.sendall(answer)
            channel.shutdown_write()
        text = b""
        while data := channel.recv(65536):
            text += data
        channel.close()
        return text.decode()

    def shell(self, width: int = 500) -> Shell:
        """An interactive shell, its first prompt read."""
        channel = self.ssh.invoke_shell(width=width)
        channel.settimeout(PATIENCE_SECONDS)
        return Shell(channel, self.fleet.nodes[self.node].prompt)


class Shell:
    """An interactive shell."""

    def __init__(self, channel: paramiko.Channel, prompt: str) -> None:
        self.channel = channel
        self.prompt = prompt
        self.greeting = self.read()

    def send(self, keys: str) -> None:
        self.channel.sendall(keys.encode())

    def read(self, end: str | None = None) -> str:
        """Everything up to the end: the prompt, or another text; the raw bytes as text."""
        wanted = end or self.prompt
        text = ""
        while not text.endswith(wanted):
            data = self.channel.recv(1 if end else 65536)
            if not data:
                raise EOFError(text)
            text += data.decode()
        return text

    def ask(self, command: str) -> str:
        """Send a command that asks, and read up to the last line of the question."""
        self.send(command + "\r")
        return self.read("procedure.\r\n")

    def run(self, command: str) -> str:
        """Run a command that asks nothing; its output without echo and prompt."""
        self.send(command + "\r")
        text = self.read()
        return text.partition("\r\n")[2].removesuffix(self.prompt).replace("\r\n", "\n")

    def confirm(self, command: str) -> str:
        """Run a command that asks, answer ``Y``, and return what is printed then, up to the prompt."""
        self.ask(command)
        self.send("Y")
        return self.read()


def until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Look again and again until something is so; give up after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"did not come: {what}")
        time.sleep(0.005)


def settled(fleet: Fleet, *nodes: str) -> None:
    """Wait until none of these nodes has an operation under way."""
    until(lambda: all(fleet.nodes[node].operation is None for node in nodes), f"{nodes} settled")


def states(status: str) -> dict[str, str]:
    """The node lines of a status: address, with its mark, to state."""
    block = re.search(r"Nodes:\n(.*?)Node in use", status, re.DOTALL)
    lines = block.group(1).splitlines() if block else []
    return {left.strip(): right.strip() for left, _, right in (line.partition(" : ") for line in lines)}
