"""Faults as data: on which node, at which moment, what goes wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

When = Literal[
    "connect",
    "command",
    "question",
    "answer",
    "output",
    "operation",
    "ended",
    "sync",
    "status",
    "certs",
    "backup",
    "download",
    "upload",
    "delete",
    "shell",
    "list",
    "look",
    "service",
]

KINDS: dict[str, frozenset[str]] = {
    # A client has reached the node's port. wrong-host-key: the node shows another key. refuse: the node does not listen
    # from the lab's start on (later: `Fleet.take_down`); close: the connection ends before the node's SSH banner, as
    # with too many sessions; close-after-banner: right after it.
    "connect": frozenset({"refuse", "reset", "wrong-host-key", "close", "close-after-banner"}),
    # A whole line has arrived, nothing was done. refuse: the fault's text is the answer; reboot: the node is down for
    # the fault's seconds; die: until `Fleet.bring_up`; by-hand: somebody types and confirms the fault's text;
    # failover: the node becomes the master, and the master of before follows it.
    "command": frozenset({"drop", "refuse", "reboot", "die", "by-hand", "failover", "freeze"}),
    # A question is about to be printed. extra: the fault's text is one more line of it; reword: it is the question;
    # drop: right after the question; freeze, here and elsewhere: the line is half-open from then on, nothing is read
    # any more, nothing said, and the connection does not end.
    "question": frozenset({"drop", "extra", "reword", "freeze"}),
    # Y has arrived, and the operation was accepted. delay: nothing more is said for the fault's seconds; say: the
    # fault's text is what the node says to it.
    "answer": frozenset({"drop", "delay", "freeze", "say"}),
    # The command ran. inject: the fault's text stands before its last line, as often as the fault says; where that is
    # without an end, one line each of the fault's seconds, if it has any; split: one byte a packet.
    "output": frozenset({"drop", "inject", "split", "freeze"}),
    # An accepted operation. fail: with a text, the status is Error and says it; hang: it never ends; reboot, die:
    # half-way through, and when the node is back the operation ends as the fault's `ends` says.
    "operation": frozenset({"fail", "hang", "reboot", "die"}),
    # An operation has ended.
    "ended": frozenset({"reboot", "die", "by-hand"}),
    # A join has ended. hang: the slave never gets in sync.
    "sync": frozenset({"hang"}),
    # A node is asked for its status; the moment's text is the status. lapse: a slave that is in sync is not any more,
    # as long as the fault lasts; error: from now on the status is Error, with the fault's text.
    "status": frozenset({"error", "lapse"}),
    # `database cluster certs` was accepted. ignore: and the old files stay.
    "certs": frozenset({"ignore"}),
    # A snapshot is ready. empty: its file is; missing: there is none.
    "backup": frozenset({"empty", "missing"}),
    # A block of a file by SFTP. flip: one bit of it is another; cut: the file ends before it, and nobody says so.
    # crawl: each block takes the fault's seconds.
    "download": frozenset({"drop", "freeze", "flip", "cut", "crawl"}),
    "upload": frozenset({"drop", "freeze", "flip", "cut"}),
    # A file is deleted by SFTP. drop: it is not, and the line ends; drop-after: it is, and nobody says so.
    "delete": frozenset({"drop", "drop-after"}),
    # A shell is asked for. refuse: the fault's text is said instead of a prompt, and the session ends.
    "shell": frozenset({"refuse"}),
    # The files are listed by SFTP. endless: the list never ends; long: the fault's `times` files more; crawl: one
    # entry each of the fault's seconds, without an end.
    "list": frozenset({"endless", "long", "crawl"}),
    # A file is looked at by SFTP, or listed. claim: it is said to have the fault's `size`.
    "look": frozenset({"claim"}),
    # A service is about to start, or to stop; the moment's text is the command. fail: one more check, with the fault's
    # text, is not passed; ignore: it goes on with the files of before, and says that all is well; silent: it does as
    # it is told, and says nothing at all.
    "service": frozenset({"fail", "ignore", "silent"}),
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
        match: only where the command (or the file's name; of an output, also what is said) contains this.
        seconds: for ``delay``, ``reboot``, ``crawl`` and ``inject``.
        text: for ``refuse``, ``extra``, ``reword``, ``say``, ``inject``, ``fail`` and ``error``; for ``by-hand`` the
            command.
        on: the node that it happens to, where that is another one: for whole nodes' faults.
        ends: of a ``reboot`` or ``die`` during an operation: the operation was done all the same, has failed, or is
            lost without a trace.
        times: how often the text of ``inject`` comes, a line each; 0: without an end. Of ``long``: how many files.
        size: of ``claim``, bytes.
    """

    node: str
    when: When
    kind: str
    nth: int = 1
    count: int = 1
    match: str = ""
    seconds: float = 0.0
    text: str = ""
    times: int = 1
    size: int = 0
    on: str = ""
    ends: Literal["done", "failed", "lost"] = "done"

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

    @property
    def waiting(self) -> tuple[Fault, ...]:
        """The faults that have not happened yet."""
        with self._lock:
            return tuple(fault for fault, seen in self._seen if seen < fault.nth)

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
