"""The streams that a person, a pipe or a file listens at: whether it is a terminal, how wide, and writing to it."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from mmpctl.errors import MmpError

_NARROWEST = 40


def send(text: str, stream: TextIO) -> None:
    """Write a text to a stream; a reader that has gone away (`| head`) is no error.

    Args:
        text: what.
        stream: where to; letters that it cannot take become question marks.

    Raises:
        MmpError: it is standard output, and cannot be written, such as a file on a full disk. For all other streams
            there is nobody to tell it to.
    """
    try:
        stream.write(writable(text, stream))
        stream.flush()
    except OSError as error:
        # What Python would still flush at its end goes nowhere, instead of into an error message.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        if stream is sys.stdout and not isinstance(error, BrokenPipeError):
            raise MmpError(
                f"the result could not be written to standard output: {error.strerror}",
                code="output",
                advice="Whatever the command did is done; `mmpctl runs` lists the runs. Make room, or write elsewhere.",
            ) from error


def writable(text: str, stream: TextIO) -> str:
    """Return the text with question marks for the letters that a stream cannot take.

    Args:
        text: to be written.
        stream: that it is written to.
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    if not takes_all(stream):
        # It says that the text is UTF-8, which it is not.
        text = text.removeprefix("\ufeff")
    return text.encode(encoding, "replace").decode(encoding)


def takes_all(stream: TextIO) -> bool:
    """Return whether the stream can take every letter."""
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "").startswith("utf")


def is_terminal(stream: TextIO) -> bool:
    """Return whether a person looks at the stream; a closed one is nobody's."""
    try:
        return stream.isatty()
    except ValueError:
        return False


def draws(stream: TextIO) -> bool:
    """Return whether the stream can show a picture and update it; a terminal of the type `dumb` only takes lines."""
    return is_terminal(stream) and os.environ.get("TERM", "dumb") != "dumb"


def terminal_width(stream: TextIO) -> int:
    """Return columns of the terminal behind a stream."""
    return max(terminal_size(stream).columns, _NARROWEST)


def terminal_size(stream: TextIO) -> os.terminal_size:
    """Return columns and lines of the terminal behind a stream; 80 by 24 if they are unknown."""
    try:
        size = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        size = os.terminal_size((0, 0))
    return os.terminal_size((size.columns or 80, size.lines or 24))


def wished_width() -> int | None:
    """Return the columns that COLUMNS asks for; None if it is not a usable number."""
    wished = os.environ.get("COLUMNS", "")
    return (
        max(int(wished), _NARROWEST)
        if wished.isdecimal() and wished.isascii() and len(wished) < 6 and int(wished)
        else None
    )
