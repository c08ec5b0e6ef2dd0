"""Shows a run while it works: a live picture on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Event, Thread, local
from typing import Protocol, TextIO

from mmpctl.cluster.job_words import JobWords
from mmpctl.cluster.step import Step
from mmpctl.display.board import Board, Line
from mmpctl.display.events import Progress, Seen, Silent
from mmpctl.display.terminal import Live, scrolled
from mmpctl.errors import MmpError
from mmpctl.reports.streams import draws, is_terminal, terminal_size, writable
from mmpctl.times import now_utc

# A terminal that was stopped (Ctrl-S) is not waited for any longer at the end.
_PATIENCE_SECONDS = 5.0


class Screen(Protocol):
    """Where lines are shown; `rhythm` is how often it wants to be drawn when nothing happens, in seconds."""

    rhythm: float | None

    def show(self, lines: Iterable[Line], at: datetime) -> None:
        """Show what happened, and what time it is."""

    def clear(self) -> None:
        """Leave a clean place, for a question or at the end."""


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
        # A terminal would break a long line in the middle of a word; a file has it whole.
        columns = terminal_size(self._stream).columns if is_terminal(self._stream) else None
        told = (part for line in lines for part in (scrolled(line.text, columns) if columns else [line.text]))
        self._stream.write(writable("".join(f"{part}\n" for part in told), self._stream))
        self._stream.flush()

    def clear(self) -> None:
        """Lines that are written stay."""


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
        # At which time it happened, for a thread that tells it later.
        self._told = local()
        # Both belong to the display's own thread.
        self._pauses = 0
        self._held: list[Line] = []
        self._thread = Thread(target=self._work, name="display", daemon=True)
        self._thread.start()

    def queued(self, units: tuple[str, ...]) -> None:
        """These units are to be worked on, a few at a time; told once, before the first is planned."""
        at = self._now()
        self._events.put(lambda: self._board.queued(at, units))

    def planned(self, unit: str, lead: str, steps: tuple[Step, ...]) -> None:
        """A unit's steps are known and begin now."""
        at = self._now()
        self._events.put(lambda: self._board.planned(at, unit, lead, steps))

    def begins(self, unit: str, step: Step) -> None:
        """A step begins on its node."""
        at = self._now()
        self._events.put(lambda: self._board.begins(at, unit, step))

    def saw(self, unit: str, node: str, shown: Seen) -> None:
        """A node shows something new while an operation is awaited."""
        at = self._now()
        self._events.put(lambda: self._board.saw(at, unit, node, shown))

    def note(self, unit: str, text: str) -> None:
        """Something worth a line."""
        at = self._now()
        self._events.put(lambda: self._board.note(at, unit, text))

    def asked_to_stop(self, text: str, units: Collection[str] | None = None) -> None:
        """The operator wishes to stop: these units (by default, all) complete running steps, and start no new ones."""
        at = self._now()
        self._events.put(lambda: self._board.asked_to_stop(at, text, units))

    def ends(self, unit: str, step: Step, error: MmpError | None) -> None:
        """A step has ended, well or not."""
        at = self._now()
        self._events.put(lambda: self._board.ends(at, unit, step, error))

    def finished(self, unit: str, outcome: str, reason: str | None) -> None:
        """A unit has come to its end, or was not started at all."""
        at = self._now()
        self._events.put(lambda: self._board.finished(at, unit, outcome, reason))

    @contextmanager
    def as_of(self, at: datetime) -> Iterator[None]:
        """What this thread tells in the block has happened at that time, aware: the word of it came later."""
        now = self._clock()
        try:
            # By the watch on the wall of whoever reads it; nothing happens later than it is told.
            self._told.at = min(at, now).astimezone(now.tzinfo)
        except OverflowError:
            self._told.at = now
        try:
            yield
        finally:
            self._told.at = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """While the block lasts nothing is shown, so that a question can be asked; what happens is shown afterwards."""
        clean = Event()
        self._events.put(lambda: self._pause(clean))
        # A terminal that is stopped or gone holds the question up no longer than this.
        clean.wait(_PATIENCE_SECONDS)
        try:
            yield
        finally:
            self._events.put(self._go_on)

    def close(self) -> None:
        """Show what is still to be shown, and end."""
        self._events.put(None)
        self._thread.join(_PATIENCE_SECONDS)

    def _now(self) -> datetime:
        at: datetime | None = getattr(self._told, "at", None)
        return at or self._clock()

    def _work(self) -> None:
        try:
            while self._turn():
                pass
            self._screen.clear()
        except Exception:
            # Nobody can be told: the place to tell it is what is broken. The journal has all that matters.
            return

    def _turn(self) -> bool:
        """Show what has come in; False after the last event."""
        last = False
        try:
            event = self._events.get(timeout=self._screen.rhythm)
            while event is not None:
                self._held += event()
                event = self._events.get_nowait()
            last = True
        except Empty:
            last = False
        if last or not self._pauses:
            self._show()
        return not last

    def _show(self) -> None:
        lines, self._held = self._held, []
        self._screen.show(lines, self._clock())

    def _pause(self, clean: Event) -> list[Line]:
        if not self._pauses:
            self._show()
            self._screen.clear()
        self._pauses += 1
        clean.set()
        return []

    def _go_on(self) -> list[Line]:
        self._pauses -= 1
        return []


@contextmanager
def display(
    stream: TextIO, words: JobWords, *, quiet: bool = False, clock: Callable[[], datetime] | None = None
) -> Iterator[Progress]:
    """The display that fits a stream, until the block ends.

    Args:
        stream: standard error, usually.
        words: what the job of the run calls things.
        quiet: show nothing.
        clock: gives the time, aware; local time by default.
    """
    if quiet:
        yield Silent()
        return
    board = Board(words)
    shown = Display(Live(stream, board) if draws(stream) else Plain(stream), board, clock or _local_time)
    try:
        yield shown
    finally:
        shown.close()


def _local_time() -> datetime:
    return now_utc().astimezone()
