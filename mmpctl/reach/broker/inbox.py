"""What waits for one conversation at the desk: a few messages only, so that a slow desk fills no memory."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

# A message has up to some hundred kilobytes of lines.
_MOST_MESSAGES: Final = 4
_LOOK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of a site.

    Args:
        text: whole lines; or the worker's own word.
        begun: which start of the site's program it is from.
        is_word: it is the worker's own word.
    """

    text: bytes
    begun: str
    is_word: bool


class Closed(Exception):
    """Nobody wants to hear any more, or nothing more can come; says why, if there is a reason."""


class Inbox:
    """The messages of one conversation. Whoever carries puts them in, from another thread."""

    def __init__(self) -> None:
        self._letters: queue.Queue[Letter | None] = queue.Queue(_MOST_MESSAGES)
        self._closed = threading.Event()
        self._why: Exception | None = None

    def put(self, letter: Letter, wait: Callable[[], None]) -> None:
        """Put a message in; if there is no room, wait until there is, or nobody wants to hear any more.

        Args:
            letter: the message.
            wait: called again and again while there is no room.
        """
        while not self._closed.is_set():
            try:
                self._letters.put(letter, timeout=_LOOK_SECONDS)
                return
            except queue.Full:
                wait()

    def take(self, seconds: float) -> Letter | None:
        """Return the next message; None if none comes.

        Args:
            seconds: that it is waited for.

        Raises:
            Closed: it was closed; what came before is told first if the line was lost.
        """
        try:
            letter = self._letters.get(timeout=seconds if not self._closed.is_set() else 0)
        except queue.Empty:
            letter = None
        if letter is None and self._closed.is_set():
            raise Closed from self._why
        return letter

    def close(self, why: Exception | None = None) -> None:
        """Take nothing more in, and wake whoever waits. May be called twice.

        Args:
            why: the line was lost, and what has come is told before; None if nobody wants to hear any more.
        """
        if not self._closed.is_set():
            self._why = why
            self._closed.set()
        if self._why is None:
            with suppress(queue.Empty):
                while True:
                    self._letters.get_nowait()
        # Where there is no room, there is something to take, and whoever takes it looks afterwards.
        with suppress(queue.Full):
            self._letters.put_nowait(None)
