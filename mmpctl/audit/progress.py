"""How far an audit is, for the person who waits: nodes that are not well as they come, rate, and time left."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from mmpctl.audit.model import NodeAudit
from mmpctl.reports.sanitize import harmless
from mmpctl.reports.streams import draws
from mmpctl.severity import Severity

# Without a terminal, a line every so many seconds says that the work goes on.
_QUIET_SECONDS = 10.0
_FEW = 50


class AuditProgress:
    """Counts the nodes of an audit; called from several threads.

    Args:
        stream: where to tell it, standard error.
        nodes: how many there are.
    """

    def __init__(self, stream: TextIO, nodes: int) -> None:
        self._stream = stream
        self._nodes = nodes
        self._lock = threading.Lock()
        self._done = 0
        self._began = self._told = time.monotonic()
        self._bar: Progress | None = None

    @property
    def done(self) -> int:
        """How many nodes were looked at."""
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
            self._bar.add_task("looking at nodes", total=self._nodes, rate="")
            yield
        self._bar = None

    def seen(self, audit: NodeAudit) -> None:
        """One more node was looked at.

        Args:
            audit: what was found.
        """
        with self._lock:
            self._done += 1
            now = time.monotonic()
            rate = self._done / max(now - self._began, 0.001)
            if self._bar is not None:
                told = _told(audit)
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


def _told(audit: NodeAudit) -> str:
    """Return a line for a node that is not well."""
    if audit.error is not None:
        return harmless(f"{audit.node.name}: not seen: {audit.error}")
    found = [row for row in audit.certificates if row.severity is not Severity.OK]
    found.sort(key=lambda row: row.severity.rank)
    if not found:
        return ""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    days = f" ({found[0].days_left} days)" if found[0].days_left is not None else ""
    return harmless(f"{audit.node.name}: {found[0].severity}: {found[0].use}{days}{more}")
