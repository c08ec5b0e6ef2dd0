"""What a command comes to: text, or a question first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """Text to print.

    Args:
        text: lines parted by ``\\n``, without the last line end; empty: nothing is printed.
        message: hard-wrapped like a message; else printed as it is.
        close: the session ends after it.
    """

    text: str = ""
    message: bool = False
    close: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A question; nothing has happened yet.

    Args:
        text: all its lines.
        accept: what a capital ``Y`` sets going; returns what is printed then.
    """

    text: str
    accept: Callable[[], Reply]


def error(text: str) -> Reply:
    """An ``ERROR:`` as the device words it."""
    return Reply(f"ERROR: {text}", message=True)


def usage(*lines: str) -> Reply:
    """A ``Usage:`` block."""
    return Reply("\n".join(["Usage:", *(f"  {line}" for line in lines)]))
