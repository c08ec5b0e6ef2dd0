"""How many hosts are worked on at the same time in one process, and when a further one may come."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mmpctl.device.waiting import while_waiting


class Turns:
    """So many hosts have their turn at the same time.

    A host that keeps us waiting for its greeting, or for another one's login, lends its turn to a further host, and
    takes the next one that gets free before any new host does.

    Args:
        limit: how many have their turn.
        spare: how many may be waited for besides; beyond that, a turn is not lent.
        free: called once for each further host that may come; it must not block.
    """

    def __init__(self, limit: int, spare: int, free: Callable[[], None]) -> None:
        self._limit = limit
        self._spare = spare
        self._free = free
        self._changed = threading.Condition()
        self._taken = 0
        # Hosts that may come and have not, or have no turn yet: perhaps there is no further host.
        self._coming = 0
        self._lent = 0
        self._returning = 0
        self.held_seconds = 0.0
        """How long hosts had a turn, together; the time of those that have ended."""

    def open(self) -> None:
        """Let the first hosts come."""
        with self._changed:
            self._fill()

    def limit_to(self, limit: int) -> None:
        """Let so many have their turn from now on; those that have one keep it.

        Args:
            limit: how many.
        """
        with self._changed:
            self._limit = limit
            self._fill()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have a turn, as a host that has come."""
        with self._changed:
            self._changed.wait_for(lambda: self._taken < self._limit and not self._returning)
            self._coming -= 1
            self._taken += 1
        before = while_waiting.set(self._lending)
        began = time.monotonic()
        try:
            yield
        finally:
            while_waiting.reset(before)
            with self._changed:
                self.held_seconds += time.monotonic() - began
                self._taken -= 1
                self._fill()

    @contextmanager
    def _lending(self) -> Iterator[None]:
        with self._changed:
            self._taken -= 1
            self._lent += 1
            self._fill()
        try:
            yield
        finally:
            with self._changed:
                self._lent -= 1
                self._returning += 1
                self._changed.wait_for(lambda: self._taken < self._limit)
                self._returning -= 1
                self._taken += 1
                self._fill()

    def _fill(self) -> None:
        """Give free turns to those who want theirs back; only what is left goes to hosts that are new."""
        self._changed.notify_all()
        while self._taken + self._returning + self._coming < self._limit and self._lent <= self._spare:
            self._coming += 1
            self._free()
