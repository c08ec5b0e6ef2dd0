"""The line to a device, without sockets: what paramiko would give to the product's own shell and SFTP session."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol

import paramiko
from nornir.core.configuration import Config
from nornir.core.inventory import Host
from paramiko.sftp import CMD_ATTRS, CMD_CLOSE, CMD_DATA, CMD_HANDLE, CMD_OPEN, CMD_READ, CMD_STAT, CMD_STATUS

from mmpctl.device.platform import CiscoCms
from mmpctl.device.redaction import Recorder
from mmpctl.device.sftp.transfer import SftpSession
from mmpctl.device.shell import Shell
from mmpctl.errors import ConnectError
from tests.cluster.schedules.device import Device

COMMAND, ANSWER, FILE = "command", "answer", "file"
BEFORE, AFTER = "before", "after"
_KINDS = ("remove", "initialize", "join", "connect")


class Exchange(Protocol):
    """What a line is plugged into: one process of ours."""

    def point(self) -> None:
        """Others may act before the next word to a device."""

    def cut(self, device: Device, what: str) -> str | None:
        """Whether the connection ends before or after this."""

    def hear(self, device: Device, line: str) -> str:
        """A command of ours reaches the device; its output."""

    def confirm(self, device: Device, line: str, question: str) -> None:
        """Our `Y` reaches the device."""

    def fetched(self, device: Device, name: str, content: bytes) -> bytes:
        """What arrives here of a file."""


class Channel:
    """One interactive session.

    Args:
        device: at its other end.
        exchange: the process at this end.
    """

    def __init__(self, device: Device, exchange: Exchange) -> None:
        self.closed = False
        self._device = device
        self._exchange = exchange
        self._boot = device.boots
        self._pending: list[bytes] = []
        self._asked: tuple[str, str] | None = None

    def settimeout(self, _: float) -> None:
        """Nothing is waited for: what is not there now does not come."""

    def get_transport(self) -> Channel:
        """Itself."""
        return self

    def is_active(self) -> bool:
        """As far as this end knows."""
        return not self.closed

    def close(self) -> None:
        """End it; an open question stays unanswered."""
        self.closed = True

    def sendall(self, data: bytes) -> None:
        """What we say."""
        text = data.decode()
        what = ANSWER if self._asked is not None else COMMAND
        if text in ("\r", "\n"):
            self._say("")
            return
        self._exchange.point()
        fate = self._exchange.cut(self._device, what)
        if fate == BEFORE:
            self._boot = -1
        if self._gone:
            raise ConnectionResetError("the line is dead")
        self._hear(text.rstrip("\r"))
        if fate == AFTER:
            self._boot = -1

    def recv(self, _: int) -> bytes:
        """What the device says."""
        if self._gone or self.closed:
            return b""
        if not self._pending:
            raise TimeoutError
        return self._pending.pop(0)

    def recv_ready(self) -> bool:
        """Whether the device has said something that was not heard yet."""
        return bool(self._pending)

    @property
    def eof_received(self) -> bool:
        """Whether the line has ended at the device's side."""
        return self._gone

    @property
    def _gone(self) -> bool:
        return self._boot != self._device.boots or not self._device.up

    def _hear(self, text: str) -> None:
        device = self._device
        if self._asked is not None:
            line, question = self._asked
            self._asked = None
            if text == "Y":
                self._exchange.confirm(device, line, question)
                self._say("Y\r\nPlease wait...\r\n")
            else:
                self._say(text + "\r\n")
            return
        words = text.split()
        if words[:2] == ["database", "cluster"] and len(words) > 2 and words[2] in _KINDS:
            question = device.question(words[2])
            if not question.startswith("ERROR"):
                self._asked = (text, question)
                self._pending.append((text + "\r\n" + question.replace("\n", "\r\n") + "\r\n").encode())
                return
            self._say(f"{text}\r\n{question}\r\n")
            return
        output = self._exchange.hear(device, text).replace("\n", "\r\n")
        self._say(f"{text}\r\n{output}\r\n")

    def _say(self, text: str) -> None:
        self._pending.append(f"{text or chr(10)}{self._device.name}> ".encode())


class CommandLine(CiscoCms):
    """The product's session over such a channel.

    Args:
        channel: the channel.
        device: at its other end.
        recorder: of the transcript.
    """

    def __init__(self, channel: Channel, device: Device, recorder: Recorder | None) -> None:
        super().__init__(
            device_type="cisco_cms", host=device.address, auto_connect=False, recorder=recorder, quiet_seconds=0.0
        )
        self.shell = Shell(channel, recorder=self._record, quiet_seconds=0.0)  # type: ignore[arg-type]
        self.shell.start(device.name)
        self.host_key = f"SHA256:{device.name}"

    def disconnect(self) -> None:
        """Nothing is left open."""


class Files:
    """The SFTP root of a device, as the product's SFTP client shows it."""

    def __init__(self, device: Device, exchange: Exchange) -> None:
        self._device = device
        self._exchange = exchange
        self._boot = device.boots

    def within(self, _seconds: float, _what: str) -> AbstractContextManager[None]:
        """No time passes here."""
        return nullcontext()

    def entries(self, _limit: int) -> list[paramiko.SFTPAttributes]:
        """The whole list."""
        self._exchange.point()
        self._reach()
        return [self._attributes(name) for name in self._device.files]

    def stat(self, path: str) -> paramiko.SFTPAttributes:
        """One file."""
        self._reach()
        if path[1:] not in self._device.files:
            raise FileNotFoundError(path)
        return self._attributes(path[1:])

    def open(self, path: str, mode: str) -> File:
        """Read it or write it."""
        name = path[1:]
        writing = mode == "wb"
        cut = False
        if writing or name.endswith(".bak"):
            self._exchange.point()
            cut = self._exchange.cut(self._device, FILE) is not None
        self._reach()
        if cut:
            self._boot = -1
        if cut and not writing:
            raise EOFError
        return File(self._device, name, self._exchange, cut)

    def together(self, requests: Sequence[tuple[int, tuple[Any, ...]]]) -> list[tuple[int, paramiko.Message]]:
        """Several requests about small files; a file's handle is its name."""
        self._exchange.point()
        self._reach()
        return [self._answer(kind, *words) for kind, words in requests]

    def remove(self, path: str) -> None:
        """Delete it."""
        self._reach()
        del self._device.files[path[1:]]

    def close(self) -> None:
        """Nothing is left open."""

    def _answer(self, kind: int, where: str | bytes, *rest: Any) -> tuple[int, paramiko.Message]:
        name = where.decode() if isinstance(where, bytes) else where[1:]
        content = self._device.files.get(name)
        answer = paramiko.Message()
        if content is None or kind == CMD_CLOSE:
            return CMD_STATUS, answer
        if kind == CMD_STAT:
            self._attributes(name)._pack(answer)  # type: ignore[attr-defined]
            kind = CMD_ATTRS
        elif kind == CMD_OPEN:
            answer.add_string(name)
            kind = CMD_HANDLE
        else:
            assert kind == CMD_READ
            start, most = rest
            answer.add_string(content[int(start) : int(start) + most])
            kind = CMD_DATA
        return kind, paramiko.Message(answer.asbytes())

    def _reach(self) -> None:
        if self._boot != self._device.boots or not self._device.up:
            raise EOFError

    def _attributes(self, name: str) -> paramiko.SFTPAttributes:
        attributes = paramiko.SFTPAttributes()
        attributes.filename, attributes.st_size = name, len(self._device.files[name])
        attributes.st_mode = stat.S_IFREG | 0o600
        return attributes


@dataclass
class File:
    """One open file."""

    device: Device
    name: str
    exchange: Exchange
    is_cut: bool = False

    def __enter__(self) -> File:  # noqa: PYI034 - Self came with Python 3.11
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def readv(self, wanted: list[tuple[int, int]]) -> list[bytes]:
        """Pieces of it."""
        content = self.exchange.fetched(self.device, self.name, self.device.files[self.name])
        return [content[offset : offset + size] for offset, size in wanted]

    def write(self, content: bytes) -> None:
        """All of it; or the first half, and the line is dead."""
        self.device.files[self.name] = content[: len(content) // 2] if self.is_cut else content
        if self.is_cut:
            raise EOFError


@dataclass
class Plug:
    """An open connection of a Nornir host."""

    connection: Any
    channel: Channel | None

    def open(self, *_: Any, **__: Any) -> None:
        """It is open."""

    def close(self) -> None:
        """Close it."""
        if self.channel is not None:
            self.channel.close()


class StagedHost(Host):
    """A Nornir host whose connections lead to a device of the model."""

    __slots__ = ("device", "exchange")

    device: Device
    exchange: Exchange

    def open_connection(self, connection: str, configuration: Config, *_: Any, **__: Any) -> Any:
        """Connect, or fail as the product's plugins do."""
        device, exchange = self.device, self.exchange
        if not device.up:
            raise ConnectError(f"no answer from {device.address}", node=self.name)
        if connection == "netmiko":
            channel = Channel(device, exchange)
            recorder = (self.get_connection_parameters("netmiko").extras or {}).get("recorder")
            self.connections[connection] = Plug(CommandLine(channel, device, recorder), channel)
        else:
            files: Any = Files(device, exchange)
            self.connections[connection] = Plug(SftpSession(files, host_key=f"SHA256:{device.name}"), None)
        return self.connections[connection]
