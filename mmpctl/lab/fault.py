"""Faults as data: on which node, at which moment, what goes wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

When = Literal["connect", "command", "question", "answer", "output", "operation", "sync", "download", "upload"]

KINDS: dict[str, frozenset[str]] = {
    # A client has reached the node's port. wrong-host-key: the node shows another key. refuse: the node does not listen
    # from the lab's start on (later: `Fleet.take_down`).
    "connect": frozenset({"refuse", "reset", "wrong-host-key"}),
    # A whole line has arrived, nothing was done. refuse: the fault's text is the answer.
    "command": frozenset({"drop", "refuse"}),
    # A question is about to be printed. extra: the fault's text is one more line of it; drop: right after the question.
    "question": frozenset({"drop", "extra"}),
    # Y has arrived, and the operation was accepted. delay: nothing more is said for the fault's seconds.
    "answer": frozenset({"drop", "delay"}),
    # The command ran. inject: the fault's text stands before its last line; split: one byte a packet.
    "output": frozenset({"drop", "inject", "split"}),
    # An accepted operation. hang: it never ends.
    "operation": frozenset({"fail", "hang"}),
    # A join has ended. hang: the slave never gets in sync.
    "sync": frozenset({"hang"}),
    # A block of a file by SFTP.
    "download": frozenset({"drop"}),
    "upload": frozenset({"drop"}),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Args:
        node: name of the node; ``*`` for any.
        when: the moment; ``KINDS`` lists moments and what can happen at each.
        kind: what happens.
        nth: at which matching moment it begins, from 1.
        count: how many times it happens; 0: from then on always.
        match: only where the command (or the file's name) contains this.
        seconds: for ``delay``.
        text: for ``refuse``, ``extra`` and ``inject``.
    """

    node: str
    when: When
    kind: str
    nth: int = 1
    count: int = 1
    match: str = ""
    seconds: float = 0.0
    text: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS[self.when]:
            raise ValueError(f"no fault {self.kind!r} at {self.when!r}: one of {', '.join(sorted(KINDS[self.when]))}")


class FaultBook:
    """The faults of a fleet, and how often the moment of each has come."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self._seen: list[tuple[Fault, int]] = [(fault, 0) for fault in faults]

    def add(self, fault: Fault) -> None:
        """Arm one more fault; it counts from now."""
        with self._lock:
            self._seen.append((fault, 0))

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._seen.clear()

    def take(self, node: str, when: When, text: str = "", kinds: Iterable[str] = ()) -> Fault | None:
        """The fault that happens at this moment, if any; each matching fault counts the moment.

        Args:
            node: where.
            when: the moment.
            text: the command or the file's name.
            kinds: only these kinds; all when empty.
        """
        wanted = frozenset(kinds)
        due: Fault | None = None
        with self._lock:
            for index, (fault, seen) in enumerate(self._seen):
                if fault.when != when or fault.node not in (node, "*") or fault.match not in text:
                    continue
                if wanted and fault.kind not in wanted:
                    continue
                self._seen[index] = (fault, seen + 1)
                last = fault.nth + fault.count if fault.count else seen + 2
                if due is None and fault.nth <= seen + 1 < last:
                    due = fault
        return due
