"""How far work on many nodes is, for the person who waits: what is odd as it comes, rate, and time left."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from mmpctl.reports.streams import draws

# Without a terminal, a line every so many seconds says that the work goes on.
_QUIET_SECONDS = 10.0
_FEW = 50


class CountProgress:
    """Counts nodes; called from several threads.

    Args:
        stream: where to tell it, standard error.
        nodes: how many there are.
        doing: what is done with them, e.g. `looking at nodes`.
    """

    def __init__(self, stream: TextIO, nodes: int, doing: str) -> None:
        self._stream = stream
        self._nodes = nodes
        self._doing = doing
        self._lock = threading.Lock()
        self._done = 0
        self._began = self._told = time.monotonic()
        self._bar: Progress | None = None

    @property
    def done(self) -> int:
        """How many nodes are done."""
        return self._done

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show it for the time of the block: a bar on a terminal, else a line now and then."""
        if not draws(self._stream):
            yield
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
        )
        with Progress(*columns, console=Console(file=self._stream), transient=True, expand=True) as self._bar:
            self._bar.add_task(self._doing, total=self._nodes, rate="")
            yield
        self._bar = None

    def more(self, told: str = "", by: int = 1) -> None:
        """Count nodes that are done.

        Args:
            told: a line for the terminal, if there is something to tell of them; harmless.
            by: how many nodes.
        """
        with self._lock:
            self._done += by
            now = time.monotonic()
            rate = self._done / max(now - self._began, 0.001)
            if self._bar is not None:
                if told:
                    self._bar.console.print(Text(told, overflow="ellipsis", no_wrap=True))
                self._bar.update(self._bar.task_ids[0], completed=self._done, rate=f"{rate:.1f} a second")
            elif now - self._told >= _QUIET_SECONDS:
                self._told = now
                # The first few say little about the others: many are started at the same time.
                early = self._done < min(_FEW, self._nodes / 2)
                left = "" if early else f", about {(self._nodes - self._done) / rate:.0f} s left"
                self._stream.write(f"{self._done} of {self._nodes} nodes, {rate:.1f} a second{left}\n")
                self._stream.flush()
