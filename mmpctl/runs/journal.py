"""The journal: what a run intends and how it ended, on disk before anything is sent to a device."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from mmpctl.cluster.plan import resumed
from mmpctl.cluster.progress import History
from mmpctl.errors import MmpError
from mmpctl.runs.disk import sync_folder
from mmpctl.runs.ending import Ending
from mmpctl.runs.lock import lock_journal
from mmpctl.runs.record import Event, Record, StepResult
from mmpctl.runs.record_chain import Reading, beginning, decode, encode
from mmpctl.runs.step_history import history_of
from mmpctl.times import iso_microseconds
from mmpctl.trusted import PlaceError, open_file, require_trusted

# They tell what has happened, not what is going to: they are true later, too.
_FACTS = (Event.ACCEPTED, Event.OUTCOME)
_WHAT = "the journal"


class JournalError(MmpError):
    """The journal cannot be written, or is not what this run wrote."""

    code = "journal"
    # The records before the line that is not what the run wrote: to be shown, never to be acted on.
    intact: tuple[Record, ...] = ()


class Journal:
    """Appends records, each checked, chained to the one before, and flushed to disk.

    Args:
        path: the file; created when it is not there.
        run: name of the run, which starts the chain: a journal of another run does not fit.
        clock: gives the time, aware.
        sealed: gives the seal over the chain up to a record; records are written without one if it is None.
        held: records stay in memory until `release`, and nothing of the file is changed before; `close` forgets them.
            For a time in which devices are only looked at.

    Raises:
        JournalError: the file cannot be opened, or is not an intact journal of this run.
        LockedError: another process writes it.
    """

    def __init__(
        self,
        path: Path,
        run: str,
        clock: Callable[[], datetime],
        sealed: Callable[[str], str] | None = None,
        *,
        held: bool = False,
    ) -> None:
        self.path = path
        self.sealed = sealed
        self._clock = clock
        self._lock = Lock()
        self._owed: list[tuple[str, str, Mapping[str, Any]]] = []
        self._unwritten: tuple[Record, ...] = ()
        self._held: bytes | None = b"" if held else None
        try:
            self._file = _opened(path, os.O_WRONLY | os.O_CREAT)
            lock_journal(self._file, path)
            try:
                self.records, self.torn, self._chain, self._good_bytes, self.seal = read(path, run)
            except BaseException:
                os.close(self._file)
                raise
            # A line that a power loss cut was never acted on: it is dropped, and the next one starts where it started.
            if not held:
                os.ftruncate(self._file, self._good_bytes)
            sync_folder(path.parent)
        except OSError as error:
            raise JournalError(
                f"the journal {path} cannot be opened ({error.strerror})",
                advice="Nothing was sent. Make it readable and writable.",
            ) from error

    def append(
        self,
        event: Event,
        cluster: str,
        *,
        node: str | None = None,
        step: str | None = None,
        command: str | None = None,
        result: StepResult | Ending | None = None,
        detail: dict[str, Any] | None = None,
    ) -> Record:
        """Write one record; when this returns, it is on disk, unless records are held.

        What has happened and could not be written (the disk was full for a moment) is written before the next record.
        The arguments are those of a `Record` (`mmpctl/runs/record.py`).

        Raises:
            JournalError: it could not be written; nothing may be sent to a device then.
        """
        what = {"node": node, "step": step, "command": command, "result": result, "detail": dict(detail or {})}
        with self._lock:
            try:
                while self._owed:
                    self._write(*self._owed[0])
                    del self._owed[0]
                self._unwritten = ()
                return self._write(event, cluster, what)
            except JournalError:
                if event in _FACTS:
                    self._owed.append((event, cluster, what))
                raise

    def keep(self, event: Event, cluster: str, **what: Any) -> Record:
        """Append a record of what only puts right what is on disk; if it cannot be written, it counts in this process.

        Whoever takes the run up without it sees on disk what was begun, looks, and puts it right once more.
        """
        try:
            return self.append(event, cluster, **what)
        except JournalError:
            with self._lock:
                if event not in _FACTS:
                    self._owed.append((event, cluster, what))
                record = Record(0, iso_microseconds(self._clock()), event, cluster, **what)
                self._unwritten = (*self._unwritten, record)
                return record

    def _write(self, event: str, cluster: str, what: Mapping[str, Any]) -> Record:
        at = iso_microseconds(self._clock())
        record = Record(len(self.records) + 1, at, event, cluster, **what)
        line, chain = encode(record, self._chain, self.sealed)
        if self._held is None:
            self._put(line, record.node)
        else:
            self._held += line
        self._chain = chain
        self.records = (*self.records, record)
        return record

    def _put(self, lines: bytes, node: str | None = None) -> None:
        try:
            # What an append before this one left half-written is taken away first.
            os.ftruncate(self._file, self._good_bytes)
            _write_all(self._file, lines, self._good_bytes)
            os.fsync(self._file)
        except OSError as error:
            raise JournalError(
                f"the journal {self.path} cannot be written ({error.strerror})",
                node=node,
                advice="Nothing more is sent. Make room or make it writable, then resume.",
            ) from error
        self._good_bytes += len(lines)

    def release(self) -> None:
        """Write the records that were held; when this returns, they are on disk, as are all that follow.

        Raises:
            JournalError: they could not be written; nothing may be sent to a device then.
        """
        with self._lock:
            if self._held is not None:
                self._put(self._held)
            self._held = None

    @property
    def chain(self) -> str:
        """The end of the chain, lower-case hex."""
        return self._chain

    def history(self, cluster: str, resumed: Callable[[History], History] = resumed) -> History:
        """Return what the journal says of one cluster, or of another job's unit.

        Args:
            cluster: its name.
            resumed: what the job still relies on when a run is taken up again.
        """
        with self._lock:
            return history_of((*self.records, *self._unwritten), cluster, resumed)

    def close(self) -> None:
        """Close the file; nothing can be appended after that."""
        with self._lock:
            # The system gives the number to the next file that is opened: it must not be kept.
            descriptor, self._file = self._file, -1
            os.close(descriptor)


def read(path: Path, run: str) -> Reading:
    """Read and check a journal.

    Args:
        path: the file; none counts as empty.
        run: name of the run it must belong to.

    Raises:
        JournalError: a line other than a cut last one is not what this run wrote.
    """
    chain = beginning(run)
    try:
        with os.fdopen(_opened(path, os.O_RDONLY), "rb") as file:
            lines = file.read().splitlines(keepends=True)
    except FileNotFoundError:
        return Reading((), False, chain, 0, None)
    records: list[Record] = []
    seal: str | None = None
    good_bytes = 0
    for number, line in enumerate(lines, 1):
        decoded = decode(line, chain) if line.endswith(b"\n") else None
        if decoded is None or decoded[0].seq != number:
            if number == len(lines) and not line.endswith(b"\n"):
                return Reading(tuple(records), True, chain, good_bytes, seal)
            changed = JournalError(
                f"line {number} of {path} is not what this run wrote",
                code="journal-changed",
                advice="The journal was changed or belongs to another run: it cannot be relied on. Put it back as "
                f"it was. Or close the run with `mmpctl runs --close {run} --reason TEXT`, look at the nodes "
                "with `mmpctl status`, and start a new renewal.",
            )
            changed.intact = tuple(records)
            raise changed
        record, chain, seal = decoded
        records.append(record)
        good_bytes += len(line)
    return Reading(tuple(records), False, chain, good_bytes, seal)


def _opened(path: Path, flags: int) -> int:
    try:
        require_trusted(path.parent, _WHAT)
        return open_file(path, flags, _WHAT)
    except PlaceError as error:
        raise JournalError(error.message, code="journal-place", advice=error.advice) from error


def _write_all(descriptor: int, data: bytes, offset: int) -> None:
    written = 0
    while written < len(data):
        written += os.pwrite(descriptor, data[written:], offset + written)
