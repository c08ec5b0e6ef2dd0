"""What a process spends its time on, by node and phase: always measured, in plain figures that processes can add up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, TypeAlias

from mmpctl.enums import Word

if TYPE_CHECKING:
    from mmpctl.documents.report import PhaseDocument, TimingDocument


class Phase(Word):
    """The phases, in the order in which a node goes through them."""

    CONNECT = "connect"
    LOGIN = "login"
    COMMANDS = "commands"
    SFTP = "sftp"
    PARSE = "parse"
    WAIT = "wait"
    REPORT = "report"


# How often, and for how many seconds, by node and phase; what is spent on no node stands under the empty name. Nothing
# but texts and numbers: another process can send it.
Figures: TypeAlias = dict[str, dict[str, tuple[int, float]]]


class _Open:
    """A phase that a thread is in.

    Args:
        since: when it was begun, or gone on with; by `time.perf_counter`.
    """

    # No dataclass: this module is loaded for each help and completion, and making one takes longer than the rest of it.
    __slots__ = ("seconds", "since")

    def __init__(self, since: float) -> None:
        self.since = since
        self.seconds = 0.0


class _Here(threading.local):
    """Where a thread is."""

    def __init__(self) -> None:
        self.node = ""
        self.open: list[_Open] = []


class Recorder:
    """Takes what all threads of a process spend."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._here = _Here()
        self._spent: Figures = {}

    @contextmanager
    def at(self, node: str) -> Iterator[None]:
        """Count what the thread spends as spent on a node, until the block ends.

        Args:
            node: inventory name.
        """
        before, self._here.node = self._here.node, node
        try:
            yield
        finally:
            self._here.node = before

    def spent_on(self, phase: Phase) -> AbstractContextManager[None]:
        """Count the time of a block as spent on a phase; a phase within it has its time to itself.

        Args:
            phase: what the block does.
        """
        return _Spent(self, phase)

    def begin(self) -> None:
        """Begin a phase of this thread; the one that it is in is interrupted."""
        outer, now = self._here.open, time.perf_counter()
        if outer:
            outer[-1].seconds += now - outer[-1].since
        outer.append(_Open(now))

    def end(self, phase: Phase) -> None:
        """End the phase that this thread has begun last, and go on with the one before.

        Args:
            phase: what it was.
        """
        outer, now = self._here.open, time.perf_counter()
        one = outer.pop()
        if outer:
            outer[-1].since = now
        seconds = one.seconds + now - one.since
        with self._lock:
            mine = self._spent.setdefault(self._here.node, {})
            count, before = mine.get(phase.value, (0, 0.0))
            mine[phase.value] = (count + 1, before + seconds)

    def add(self, figures: Mapping[str, Mapping[str, tuple[int, float]]]) -> None:
        """Add what was spent, here or in another process.

        Args:
            figures: of `since`, or of `take` in a worker.
        """
        with self._lock:
            for node, phases in figures.items():
                mine = self._spent.setdefault(node, {})
                for phase, (count, seconds) in phases.items():
                    before = mine.get(phase, (0, 0.0))
                    mine[phase] = (before[0] + count, before[1] + seconds)

    def take(self, node: str) -> Figures:
        """Return what was spent on a node, and forget it here: it is added elsewhere.

        Args:
            node: inventory name.
        """
        with self._lock:
            return {node: self._spent.pop(node)} if node in self._spent else {}

    def figures(self) -> Figures:
        """Return what was spent so far."""
        with self._lock:
            return {node: dict(phases) for node, phases in self._spent.items()}

    def since(self, before: Figures) -> Figures:
        """Return what was spent since then.

        Args:
            before: what `figures` returned then.
        """
        spent: Figures = {}
        for node, phases in self.figures().items():
            for phase, (count, seconds) in phases.items():
                less = before.get(node, {}).get(phase, (0, 0.0))
                if count > less[0]:
                    spent.setdefault(node, {})[phase] = (count - less[0], seconds - less[1])
        return spent


class _Spent:
    """A block that is counted; there are dozens for each node, so it is made of little."""

    __slots__ = ("_phase", "_recorder")

    def __init__(self, recorder: Recorder, phase: Phase) -> None:
        self._recorder = recorder
        self._phase = phase

    def __enter__(self) -> None:
        self._recorder.begin()

    def __exit__(self, *_: object) -> None:
        self._recorder.end(self._phase)


# Of this process. Threads of different runs share it, as they share the machine.
RECORDER = Recorder()


class Stretch:
    """A stretch of time, from when it is made."""

    def __init__(self) -> None:
        self._begun, self._before = time.perf_counter(), RECORDER.figures()

    def document(self) -> TimingDocument:
        """Return how long it has lasted, and what was spent on which phase."""
        return summed_up(RECORDER.since(self._before), time.perf_counter() - self._begun)


def summed_up(figures: Figures, seconds: float) -> TimingDocument:
    """Return figures as a document, by phase.

    Args:
        figures: what was spent, by node and phase.
        seconds: that passed meanwhile; fewer than the nodes' together, which are worked on at the same time.
    """
    # It loads what help and completion have no use for.
    from statistics import median  # noqa: PLC0415

    phases: list[PhaseDocument] = []
    for phase in Phase:
        spent = {node: of[phase.value] for node, of in figures.items() if phase.value in of}
        each = [taken for node, (_, taken) in spent.items() if node]
        phases.append(
            {
                "phase": phase.value,
                "count": sum(count for count, _ in spent.values()),
                "seconds": _rounded(sum(taken for _, taken in spent.values())),
                "nodes": len(each),
                "node_median": _rounded(median(each)) if each else None,
                "node_most": _rounded(max(each)) if each else None,
            }
        )
    return {"seconds": _rounded(seconds), "phases": phases}


def _rounded(seconds: float) -> float:
    return round(seconds, 4)
