"""Shows a run while it works: a live picture on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Protocol, TextIO

from mmpctl.cluster.plan import Step
from mmpctl.cluster.status import DatabaseStatus
from mmpctl.errors import MmpError
from mmpctl.reports.output import is_terminal, writable
from mmpctl.runbooks.board import Board, Line
from mmpctl.runbooks.display_live import Live
from mmpctl.runbooks.progress import Progress, Silent

# A terminal that was stopped (Ctrl-S) is not waited for any longer at the end.
_PATIENCE_SECONDS = 5.0


class Screen(Protocol):
    """Where lines are shown; `rhythm` is how often it wants to be drawn when nothing happens, in seconds."""

    rhythm: float | None

    def show(self, lines: Iterable[Line], at: datetime) -> None:
        """Show what happened, and what time it is."""

    def close(self) -> None:
        """Leave a clean place."""


class Plain:
    """One line an event.

    Args:
        stream: where to.
    """

    rhythm: float | None = None

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def show(self, lines: Iterable[Line], at: datetime) -> None:
        """Write the lines."""
        self._stream.write(writable("".join(f"{line.text}\n" for line in lines), self._stream))
        self._stream.flush()

    def close(self) -> None:
        """Nothing is left to clear."""


class Display:
    """Takes events from many threads and shows them from one of its own.

    Whoever tells an event never waits for the screen and never hears of its troubles: a terminal that is stopped, slow
    or gone does not hold up a renewal, and a signal's handler may tell something too.

    Args:
        screen: where to.
        board: turns events into lines.
        clock: gives the time, aware.
    """

    def __init__(self, screen: Screen, board: Board, clock: Callable[[], datetime]) -> None:
        self._screen = screen
        self._board = board
        self._clock = clock
        self._events: SimpleQueue[Callable[[], list[Line]] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="display", daemon=True)
        self._thread.start()

    def planned(self, cluster: str, keeper: str, steps: tuple[Step, ...]) -> None:
        """A cluster's steps are known and begin now."""
        at = self._clock()
        self._events.put(lambda: self._board.planned(at, cluster, keeper, steps))

    def begins(self, cluster: str, step: Step) -> None:
        """A step begins on its node."""
        at = self._clock()
        self._events.put(lambda: self._board.begins(at, cluster, step))

    def saw(self, cluster: str, node: str, status: DatabaseStatus) -> None:
        """A node shows a new status while an operation is awaited."""
        at = self._clock()
        self._events.put(lambda: self._board.saw(at, cluster, node, status))

    def note(self, cluster: str, text: str) -> None:
        """Something worth a line."""
        at = self._clock()
        self._events.put(lambda: self._board.note(at, cluster, text))

    def ends(self, cluster: str, step: Step, error: MmpError | None) -> None:
        """A step has ended, well or not."""
        at = self._clock()
        self._events.put(lambda: self._board.ends(at, cluster, step, error))

    def finished(self, cluster: str, outcome: str, reason: str | None) -> None:
        """A cluster has come to its end."""
        at = self._clock()
        self._events.put(lambda: self._board.finished(at, cluster, outcome, reason))

    def close(self) -> None:
        """Show what is still to be shown, and end."""
        self._events.put(None)
        self._thread.join(_PATIENCE_SECONDS)

    def _work(self) -> None:
        try:
            while self._turn():
                pass
            self._screen.close()
        except Exception:
            # Nobody can be told: the place to tell it is what is broken. The journal has all that matters.
            return

    def _turn(self) -> bool:
        """Show what has come in; False after the last event."""
        lines: list[Line] = []
        last = False
        try:
            event = self._events.get(timeout=self._screen.rhythm)
            while event is not None:
                lines += event()
                event = self._events.get_nowait()
            last = True
        except Empty:
            last = False
        self._screen.show(lines, self._clock())
        return not last


@contextmanager
def display(stream: TextIO, *, quiet: bool = False, clock: Callable[[], datetime] | None = None) -> Iterator[Progress]:
    """The display that fits a stream, until the block ends.

    Args:
        stream: standard error, usually.
        quiet: show nothing.
        clock: gives the time, aware; local time by default.
    """
    if quiet:
        yield Silent()
        return
    board = Board()
    draws = is_terminal(stream) and os.environ.get("TERM", "dumb") != "dumb"
    shown = Display(Live(stream, board) if draws else Plain(stream), board, clock or _local_time)
    try:
        yield shown
    finally:
        shown.close()


def _local_time() -> datetime:
    return datetime.now(timezone.utc).astimezone()
