"""The lab's log: what every node heard and did, in one order."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened on one node.

    Args:
        seq: running number over the whole fleet, from 1.
        time: monotonic clock of the lab's process, seconds.
        node: name of the node.
        kind: ``connect``, ``auth``, ``command``, ``question``, ``answer``, ``accepted``, ``started``, ``finished``,
            ``failed``, ``synced``, ``promoted``, ``by-hand``, ``sftp-get``, ``sftp-put``, ``sftp-remove``,
            ``sftp-rename``, ``fault``.
        text: the command, the file's name, the reason …
        size: bytes of a transferred file, else None.
    """

    seq: int
    time: float
    node: str
    kind: str
    text: str
    size: int | None = None


class EventLog:
    """The events of a fleet; any thread may read while the lab writes.

    Args:
        path: file that gets each event as one JSON line.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._events: list[Event] = []
        self._file: IO[str] | None = path.open("a", encoding="utf-8")

    def add(self, node: str, kind: str, text: str, size: int | None = None) -> Event:
        """Record an event now."""
        with self._lock:
            event = Event(len(self._events) + 1, time.monotonic(), node, kind, text, size)
            self._events.append(event)
            if self._file is not None:
                line = {"seq": event.seq, "time": event.time, "node": node, "kind": kind, "text": text, "size": size}
                self._file.write(json.dumps(line) + "\n")
                self._file.flush()
            return event

    def select(self, *kinds: str, node: str | None = None, text: str = "") -> list[Event]:
        """The events so far of these kinds (all when none is given), of one node, whose text contains ``text``."""
        return [
            event
            for event in self
            if (not kinds or event.kind in kinds) and node in (None, event.node) and text in event.text
        ]

    def close(self) -> None:
        """Close the file; what happens later is kept in memory only."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def __iter__(self) -> Iterator[Event]:
        with self._lock:
            return iter(list(self._events))

    def __len__(self) -> int:
        with self._lock:
            return len(self._events)
