"""The two boundaries of a run, its journal and its channels, and the points at which it may die there."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch
from weakref import WeakKeyDictionary

from mmpctl.device.dialogue import YES
from mmpctl.device.shell import ENTER, Shell
from mmpctl.runs import journal
from mmpctl.runs.journal import Journal
from mmpctl.runs.record import Event, Record

BEFORE, TORN, AFTER = "before the record", "with half of the record", "after the record"
UNSENT, SENT = "before sending", "after sending"

_SERVICE = r"\w+ (?:disable|enable|restart)$|(?!database )\w+(?: \w+)? (?:certs|trust) "
_CHANGING = re.compile(f"database cluster (?:remove|certs|initialize|join|connect)|backup snapshot|{_SERVICE}")
_UNASKED = re.compile(f"database cluster certs|backup snapshot|{_SERVICE}")
_CONFIRMED = ": Y"
_ACCEPTED_SECONDS = 20.0
_RUN = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """One moment of a run, the same in every run of the same cluster.

    Args:
        what: the record by event, step and result; or node and command.
        moment: before it, after it, or with half of it on disk.
    """

    what: str
    moment: str

    @property
    def confirms(self) -> bool:
        """Whether `Y` has just gone out: the device acts from here on."""
        return self.what.endswith(_CONFIRMED)

    @property
    def node(self) -> str:
        """The node's name, where something was or is sent to it."""
        return self.what.split(":")[0]

    @property
    def command(self) -> str:
        """What was or is sent, in its first three words."""
        return self.what.removesuffix(_CONFIRMED).split(": ")[-1]

    def __str__(self) -> str:
        return f"{self.moment}: {self.what}"


def see_accepted(point: Point, log: Path) -> None:
    """Wait until the device has taken a `Y` that has just gone out.

    Args:
        point: right after it.
        log: the lab's.

    Raises:
        TimeoutError: it did not.
    """
    until = time.monotonic() + _ACCEPTED_SECONDS
    while time.monotonic() < until:
        # The last line may be half-written.
        whole = log.read_text(encoding="utf-8").rpartition("\n")[0].splitlines()
        for event in map(json.loads, whole):
            if (event["node"], event["kind"]) == (point.node, "accepted") and point.command in event["text"]:
                return
        time.sleep(0.01)
    raise TimeoutError(f"{point.node} did not accept '{point.command}'")


def record_name(event: str, step: str | None, result: str | None) -> str:
    """What a record is, whenever it was written.

    Args:
        event: the record's.
        step: the step's key.
        result: of an outcome or an end.
    """
    return " ".join(word for word in (event, step, result) if word)


class Boundaries:
    """Watches a run pass its points, and may end it at one.

    Args:
        reached: called at every point; the run dies there when this does not return.
        alive: called before anything is written or sent; raises when the run is dead.
    """

    def __init__(self, reached: Callable[[Point], None], alive: Callable[[], None] = lambda: None) -> None:
        self._reached = reached
        self._alive = alive
        self._of_thread = threading.local()
        self._lines: WeakKeyDictionary[Shell, str] = WeakKeyDictionary()
        self._append = Journal.append
        self._write_all = journal._write_all
        self._send = Shell.send

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch every run of this process meanwhile."""
        boundaries = self

        def append(self: Journal, event: Event, cluster: str, **fields: Any) -> Record:
            return boundaries._appended(self, event, cluster, fields)

        def send(self: Shell, text: str) -> None:
            boundaries._sent(self, text)

        with (
            patch.object(Journal, "append", append),
            patch.object(journal, "_write_all", self._written),
            patch.object(Shell, "send", send),
        ):
            yield

    def _appended(self, journal_: Journal, event: Event, cluster: str, fields: dict[str, Any]) -> Record:
        self._alive()
        what = record_name(event, fields.get("step"), fields.get("result"))
        self._reached(Point(what, BEFORE))
        self._of_thread.record = what
        record = self._append(journal_, event, cluster, **fields)
        self._reached(Point(what, AFTER))
        return record

    def _written(self, descriptor: int, data: bytes, offset: int) -> None:
        half = len(data) // 2
        self._write_all(descriptor, data[:half], offset)
        os.fsync(descriptor)
        # A run that goes on writes all that its look has told at once, which may be nothing.
        self._reached(Point(getattr(self._of_thread, "record", "what was held"), TORN))
        self._write_all(descriptor, data[half:], offset + half)

    def _sent(self, shell: Shell, text: str) -> None:
        self._alive()
        if text not in (YES, ENTER):
            self._lines[shell] = text.removesuffix(ENTER)
        line = self._lines.get(shell, "")
        if text == ENTER or not _CHANGING.match(line):
            self._send(shell, text)
            return
        # File names and the run's name differ from run to run.
        told, certs, _ = line.partition(" certs ")
        what = f"{shell.device_name}: {_RUN.sub('RUN', ' '.join((*told.split()[:3], *certs.split())))}"
        if text == YES:
            self._send(shell, text)
            self._reached(Point(what + _CONFIRMED, SENT))
            return
        self._reached(Point(what, UNSENT))
        self._send(shell, text)
        if _UNASKED.match(line):
            self._reached(Point(what, SENT))
