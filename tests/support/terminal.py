"""A terminal to look at: a pseudo terminal whose output is drawn on a small screen, and broken anew on a resize."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import termios
import tty
from dataclasses import dataclass, field

from rich.cells import cell_len

_PIECES = re.compile(r"\x1b\[[\d;]*m|\x1b\[(\d*)([A-Za-z])|(\r)|(\n)|([^\x1b\r\n]+)")


@dataclass
class Row:
    """One row; `broken` when the terminal itself broke the line here."""

    text: str = ""
    broken: bool = False


@dataclass
class Terminal:
    """What a person sees.

    Args:
        columns: width of the screen.
        lines: height of the screen.
    """

    columns: int = 80
    lines: int = 24
    rows: list[Row] = field(default_factory=lambda: [Row()])
    at: int = 0
    column: int = 0

    def __post_init__(self) -> None:
        self.master, slave = os.openpty()
        tty.setraw(slave, termios.TCSANOW)
        self.stream = os.fdopen(slave, "w", encoding="utf-8")
        self.resize(self.columns, self.lines)

    def close(self) -> None:
        """Hang up."""
        self.stream.close()
        os.close(self.master)

    def resize(self, columns: int, lines: int) -> None:
        """Change the size; long lines are broken anew, as most terminals do."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.columns, self.lines = columns, lines
        whole, below = self._logical(), len(self.rows) - 1 - self.at
        assert below == 0, "the cursor is at the end between two pictures"
        self.rows = [row for line in whole for row in self._broken(line)]
        self.at, self.column = len(self.rows) - 1, 0

    def look(self) -> list[str]:
        """The rows of the screen as they are now."""
        received = b""
        while select.select([self.master], [], [], 0)[0]:
            received += os.read(self.master, 65536)
        for piece in _PIECES.finditer(received.decode()):
            self._take(piece)
        return [row.text for row in self.rows[-self.lines :]]

    def _take(self, piece: re.Match[str]) -> None:
        number, letter, home, newline, text = piece.groups()
        if letter == "A":
            # A cursor does not leave the screen upwards.
            self.at = max(self.at - int(number or 1), len(self.rows) - self.lines, 0)
        elif letter == "J":
            del self.rows[self.at + 1 :]
            self.rows[self.at] = Row(self.rows[self.at].text[: self.column])
        elif letter == "K":
            self.rows[self.at] = Row(self.rows[self.at].text[: self.column])
        elif newline:
            self._down()
            self.column = 0
        elif text:
            # What stood in the row is written over; what is longer stays until it is erased.
            old = self.rows[self.at].text
            first, *more = self._broken(old[: self.column] + text)
            self.rows[self.at] = Row(first.text + old[len(first.text) :], first.broken)
            for row in more:
                self._down()
                self.rows[self.at] = row
            self.column = len((more or [first])[-1].text)
        elif letter:
            raise AssertionError(f"not expected of a display: {piece.group()!r}")
        elif home:
            self.column = 0

    def _down(self) -> None:
        self.at += 1
        if self.at == len(self.rows):
            self.rows.append(Row())

    def _broken(self, line: str) -> list[Row]:
        rows, text = [], ""
        for character in line:
            if cell_len(text + character) > self.columns:
                rows.append(Row(text, broken=True))
                text = ""
            text += character
        return [*rows, Row(text)]

    def _logical(self) -> list[str]:
        lines, text = [], ""
        for row in self.rows:
            text += row.text
            if not row.broken:
                lines.append(text)
                text = ""
        return lines
