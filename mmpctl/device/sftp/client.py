"""Paramiko's SFTP client, which believes no number that a node sends, and waits for nothing without an end."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import paramiko
from paramiko.sftp import (
    CMD_ATTRS,
    CMD_CLOSE,
    CMD_HANDLE,
    CMD_NAME,
    CMD_OPENDIR,
    CMD_READDIR,
    CMD_STAT,
    SFTPError,
)

from mmpctl.errors import TransferError

# Servers answer with blocks of 32 KiB, and with some hundred names at a time.
PACKET_LIMIT: Final = 1024 * 1024
NAME_LIMIT: Final = 255
_BLOCK: Final = 64 * 1024
# Of SFTP version 3: which facts a file's attributes hold, and their sizes in bytes.
_FACTS: Final = ((1, 8), (2, 8), (4, 4), (8, 8))
_EXTENDED: Final = 0x80000000


class SftpClient(paramiko.SFTPClient):
    """An SFTP session whose packets, lists and waits have bounds.

    Args:
        channel: with the subsystem `sftp`.
        seconds: how long one answer may keep us waiting.
    """

    def __init__(self, channel: paramiko.Channel, seconds: float) -> None:
        self._seconds = seconds
        self._until = float("inf")
        self._held: list[bytes] | None = None
        super().__init__(channel)

    @contextmanager
    def within(self, seconds: float, what: str) -> Iterator[None]:
        """Bound the time of all that is asked for in the block; a bound around it stays.

        Args:
            seconds: for everything together.
            what: the file, or what else is asked for.

        Raises:
            TransferError: it took longer (code `too-slow`).
        """
        before = self._until
        self._until = min(before, time.monotonic() + seconds)
        try:
            yield
        except _TooSlow as late:
            raise TransferError(
                f"{what}: the node was too slow; it was not complete after {seconds:.0f} s",
                code="too-slow",
                advice="Check the node and the network to it, then try again.",
            ) from late
        finally:
            self._until = before

    def entries(self, limit: int) -> Iterator[paramiko.SFTPAttributes]:
        """List the root, entry by entry.

        Args:
            limit: entries; what lies behind them is not asked for.

        Raises:
            TransferError: there are more (code `too-many-files`).
        """
        handle = self._asked(CMD_HANDLE, CMD_OPENDIR, b"/").get_binary()
        seen = 0
        while True:
            try:
                answer = self._asked(CMD_NAME, CMD_READDIR, handle)
            except EOFError:
                break
            for _ in range(answer.get_int()):
                if not _left(answer):
                    raise SFTPError("a list that is shorter than it says")
                name = answer.get_binary().decode("utf-8", "backslashreplace")
                answer.get_binary()  # The line of `ls -l`, for people.
                entry = attributes_of(answer, name)
                if name in (".", ".."):
                    continue
                seen += 1
                if seen > limit or len(name) > NAME_LIMIT:
                    raise TransferError(
                        f"the list of files has more than {limit} entries"
                        if seen > limit
                        else f"the list of files holds a name of {len(name)} characters",
                        code="too-many-files",
                        advice="Look at the node by hand. No node has so many files, or such names.",
                    )
                yield entry
        self._asked(None, CMD_CLOSE, handle)

    def stat(self, path: bytes | str) -> paramiko.SFTPAttributes:
        """Look at one file.

        Args:
            path: absolute.
        """
        return attributes_of(self._asked(CMD_ATTRS, CMD_STAT, path), "")

    def together(self, requests: Sequence[tuple[int, tuple[Any, ...]]]) -> list[tuple[int, paramiko.Message]]:
        """Ask for several things at once, and wait for all the answers, refusals among them.

        Args:
            requests: kind and words of each.

        Returns:
            Kind and content of each answer, in the order of the requests.
        """
        answers = _Answers()
        held: list[bytes] = []
        self._held = held
        try:
            numbers = [self._async_request(answers, kind, *words) for kind, words in requests]  # type: ignore[attr-defined]
        finally:
            self._held = None
        if held:
            self._write_all(b"".join(held))  # type: ignore[attr-defined]
        while len(answers.by_number) < len(numbers):
            self._read_response()  # type: ignore[attr-defined]
        return [answers.by_number[number] for number in numbers]

    def _send_packet(self, t: int, packet: paramiko.Message) -> None:
        if self._held is None:
            super()._send_packet(t, packet)  # type: ignore[misc]
            return
        words = packet.asbytes()
        self._held.append(struct.pack(">IB", len(words) + 1, t) + words)

    def _asked(self, wanted: int | None, kind: int, *words: Any) -> paramiko.Message:
        answered: int
        message: paramiko.Message
        answered, message = self._request(kind, *words)  # type: ignore[attr-defined]
        if wanted is not None and answered != wanted:
            raise SFTPError("an answer that was not asked for")
        return message

    def _read_packet(self) -> tuple[int, bytes]:
        size = int.from_bytes(self._read_all(4), "big")
        if not 1 <= size <= PACKET_LIMIT:
            raise SFTPError(f"a packet of {size} bytes")
        data = self._read_all(size)
        return data[0], data[1:]

    def _read_all(self, n: int) -> bytes:
        taken = bytearray()
        while len(taken) < n:
            left = self._until - time.monotonic()
            if left <= 0:
                raise _TooSlow
            self.sock.settimeout(min(self._seconds, left))
            try:
                block = self.sock.recv(min(n - len(taken), _BLOCK))
            except TimeoutError:
                if left <= self._seconds:
                    raise _TooSlow from None
                raise
            if not block:
                raise EOFError
            taken += block
        return bytes(taken)


class _Answers:
    """Answers to requests that were sent together; paramiko hands over each as it comes."""

    def __init__(self) -> None:
        self.by_number: dict[int, tuple[int, paramiko.Message]] = {}

    def _async_response(self, kind: int, message: paramiko.Message, number: int) -> None:
        self.by_number[number] = (kind, message)


class _TooSlow(Exception):
    """The time of a block is over."""


def _left(message: paramiko.Message) -> int:
    return message.packet.getbuffer().nbytes - message.packet.tell()


def attributes_of(message: paramiko.Message, name: str) -> paramiko.SFTPAttributes:
    """Return the facts of a file, as a packet holds them.

    Args:
        message: the packet, read up to them.
        name: of the file.

    Raises:
        SFTPError: the packet is shorter than it says.
    """
    # Paramiko reads as many attributes as a packet claims to hold, even if it holds none.
    start = message.packet.tell()
    flags = message.get_int()
    message.get_bytes(sum(size for bit, size in _FACTS if flags & bit))
    if flags & _EXTENDED and message.get_int() * 8 > _left(message):
        raise SFTPError("attributes that are shorter than they say")
    message.packet.seek(start)
    found: paramiko.SFTPAttributes = paramiko.SFTPAttributes._from_msg(message, name)  # type: ignore[attr-defined]
    return found
