"""What arrived since the last command was sent: never more than a bounded part of what a node sends."""

from __future__ import annotations

import re
from typing import Final

from mmpctl.device.terminal_text import plain
from mmpctl.errors import DialogueError

LINE_LIMIT: Final = 4096
ANSWER_LIMIT: Final = 256 * 1024
LONG_ANSWER_LIMIT: Final = 1024 * 1024
CUT: Final = f" [cut here: longer than {LINE_LIMIT} characters]"
_TAIL = 2048
# A carriage return begins a line as a line feed does: a line editor may draw its line again and again.
_LINE = re.compile(r"[^\r\n]+|[\r\n]+")


def cut_lines(text: str) -> str:
    """Cut each line that is longer than 4,096 characters, and say so in its place.

    Args:
        text: any text.
    """
    if len(text) <= LINE_LIMIT:
        return text
    whole = Received(len(text))
    whole.add(text)
    return whole.raw


class Received:
    """Text of the terminal, piece by piece; its end can be looked at without reading all of it again.

    Args:
        limit: characters that may arrive.
    """

    __slots__ = ("_limit", "_line", "_pieces", "_plain_tail", "_size", "_tail", "cut")

    def __init__(self, limit: int = ANSWER_LIMIT) -> None:
        self.cut = 0
        self._limit = limit
        self._line = 0
        self._pieces: list[str] = []
        self._size = 0
        self._tail = ""
        self._plain_tail: str | None = ""

    def add(self, piece: str) -> None:
        """Append a piece; lines longer than 4,096 characters are cut as they arrive.

        Args:
            piece: raw text, as it came.

        Raises:
            DialogueError: more arrived than any answer has (code `too-much-output`).
        """
        # What was cut away counts too: a line without an end must not go on for ever.
        self._size += len(piece)
        if self._size > self._limit:
            raise DialogueError(
                f"the device sent more than {self._limit // 1024} KiB for one command",
                code="too-much-output",
                advice="Look at the node by hand. The session was closed.",
            )
        kept = self._kept(piece)
        self._pieces.append(kept)
        self._tail = (self._tail + kept)[-_TAIL:]
        self._plain_tail = None

    @property
    def raw(self) -> str:
        """All of it as it came, but for the lines that were cut."""
        return "".join(self._pieces)

    @property
    def text(self) -> str:
        """All of it, plain."""
        return plain(self.raw)

    @property
    def tail(self) -> str:
        """The end of it, plain."""
        # It is looked at in several ways before more comes.
        if self._plain_tail is None:
            self._plain_tail = plain(self._tail)
        return self._plain_tail

    @property
    def is_short(self) -> bool:
        """Whether the tail is all there is."""
        return self._size <= _TAIL

    def _kept(self, piece: str) -> str:
        if self._line + len(piece) <= LINE_LIMIT:
            last = max(piece.rfind("\n"), piece.rfind("\r"))
            self._line = len(piece) - last - 1 if last >= 0 else self._line + len(piece)
            return piece
        kept: list[str] = []
        for run in _LINE.findall(piece):
            if run[0] in "\r\n":
                self._line = 0
                kept.append(run)
                continue
            room = LINE_LIMIT - self._line
            self._line += len(run)
            if len(run) <= room:
                kept.append(run)
            elif room >= 0:
                self.cut += 1
                kept.append(run[:room] + CUT)
                # The rest of this line has no room left, even if it comes with a later piece.
                self._line = LINE_LIMIT + 1
        return "".join(kept)
