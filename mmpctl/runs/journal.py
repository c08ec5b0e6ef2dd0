"""The journal: what a run intends and how it ended, on disk before anything is sent to a device."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from mmpctl.cluster.plan import resumed
from mmpctl.cluster.progress import History
from mmpctl.cluster.step import StepKey
from mmpctl.documents.journal import RecordDocument
from mmpctl.enums import Word
from mmpctl.errors import MmpError
from mmpctl.runs.disk import sync_folder
from mmpctl.runs.ending import Ending
from mmpctl.runs.lock import LockedError
from mmpctl.times import iso_microseconds
from mmpctl.trusted import PlaceError, open_file, require_trusted


class Event(Word):
    """The kinds of records of a journal."""

    KEEPER = "keeper"
    # What begins a run of any other job than a database cluster, with the job and what it keeps.
    BEGUN = "begun"
    # A process takes up a run that was interrupted.
    RESUMED = "resumed"
    INTENT = "intent"
    QUESTION = "question"
    ACCEPTED = "accepted"
    OUTCOME = "outcome"
    # What a process that has resumed the run leaves on the nodes, so that others see it.
    MARK = "mark"
    # A look at a cluster: before a run is taken up again, and at its end.
    SEEN = "seen"
    # A run that cannot be proved, and that a person has accepted.
    VOUCHED = "vouched"
    END = "end"


class StepResult(Word):
    """What a journal says of the end of a step."""

    DONE = "done"
    NOT_ACCEPTED = "not accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    FAILED = "failed"


# With one of these, a process begins the run of a unit.
BEGINNINGS = (Event.KEEPER, Event.BEGUN)
# After one of these, nothing of the step is under way.
FINAL = (StepResult.DONE, StepResult.NOT_ACCEPTED, StepResult.REFUSED)
# They tell what has happened, not what is going to: they are true later, too.
_FACTS = (Event.ACCEPTED, Event.OUTCOME)
_WHAT = "the journal"


class JournalError(MmpError):
    """The journal cannot be written, or is not what this run wrote."""

    code = "journal"
    # The records before the line that is not what the run wrote: to be shown, never to be acted on.
    intact: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the journal.

    Args:
        seq: from 1, without gaps.
        at: ISO 8601, UTC.
        event: the text of an `Event`; a later release may have written others.
        cluster: the cluster it is about.
        node: inventory name, if it is about one.
        step: the text of the step's key, if it is about one.
        command: what is going to be sent, or was.
        result: of an outcome the text of a `StepResult`, of an end that of an `Ending`.
        detail: evidence, e.g. the text of a question or the files of a backup.
    """

    seq: int
    at: str
    event: str
    cluster: str
    node: str | None = None
    step: str | None = None
    command: str | None = None
    result: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> StepKey | None:
        """The key of the step that it is about, if it is about one."""
        return StepKey.parse(self.step) if self.step else None

    def document(self) -> RecordDocument:
        """Return the record as documents have it, in the order of its fields in the file."""
        return {
            "seq": self.seq,
            "at": self.at,
            "event": self.event,
            "cluster": self.cluster,
            "node": self.node,
            "step": self.step,
            "command": self.command,
            "result": self.result,
            "detail": self.detail,
        }


class Reading(NamedTuple):
    """What was read of a journal.

    Args:
        records: those that fit together.
        torn: a cut last line was dropped.
        chain: the end of the chain, lower-case hex.
        good_bytes: length of the good part.
        seal: of the last record; None if it has none.
    """

    records: tuple[Record, ...]
    torn: bool
    chain: str
    good_bytes: int
    seal: str | None


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
        self._held: bytes | None = b"" if held else None
        try:
            self._file = _opened(path, os.O_WRONLY | os.O_CREAT)
            _lock_for_writing(self._file, path)
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

        Raises:
            JournalError: it could not be written; nothing may be sent to a device then.
        """
        what = {"node": node, "step": step, "command": command, "result": result, "detail": dict(detail or {})}
        with self._lock:
            try:
                while self._owed:
                    self._write(*self._owed[0])
                    del self._owed[0]
                return self._write(event, cluster, what)
            except JournalError:
                if event in _FACTS:
                    self._owed.append((event, cluster, what))
                raise

    def _write(self, event: str, cluster: str, what: Mapping[str, Any]) -> Record:
        at = iso_microseconds(self._clock())
        record = Record(len(self.records) + 1, at, event, cluster, **what)
        line, chain = _encode(record, self._chain, self.sealed)
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
            return history_of(self.records, cluster, resumed)

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
    chain = hashlib.sha256(run.encode()).hexdigest()
    try:
        with os.fdopen(_opened(path, os.O_RDONLY), "rb") as file:
            lines = file.read().splitlines(keepends=True)
    except FileNotFoundError:
        return Reading((), False, chain, 0, None)
    records: list[Record] = []
    seal: str | None = None
    good_bytes = 0
    for number, line in enumerate(lines, 1):
        decoded = _decode(line, chain) if line.endswith(b"\n") else None
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


def history_of(records: Iterable[Record], cluster: str, resumed: Callable[[History], History] = resumed) -> History:
    """Fold records into what was settled, what is open, and who the keeper is.

    Args:
        records: in the order of the journal.
        cluster: name of the cluster.
        resumed: what the job still relies on when a run is taken up again.
    """
    history = History()
    for record in records:
        if record.cluster != cluster:
            continue
        if record.event == Event.KEEPER:
            # The one that the run began with: no later word makes another database the one to keep.
            history = replace(history, keeper=history.keeper or record.node)
        elif record.event == Event.RESUMED:
            history = resumed(history)
        elif record.key is not None:
            history = _with_step(history, record, record.key)
    return history


def _with_step(history: History, record: Record, key: StepKey) -> History:
    settled, intended = history.settled, history.intended
    if record.event == Event.INTENT:
        intended |= {key}
    elif record.event == Event.OUTCOME:
        if record.result == StepResult.DONE:
            settled |= {key}
        elif record.result == StepResult.REFUSED and key not in intended:
            # Nothing was running: what counted as done is taken back.
            settled -= {key}
        if record.result in FINAL:
            intended -= {key}
    return replace(history, settled=settled, intended=intended)


def _opened(path: Path, flags: int) -> int:
    try:
        require_trusted(path.parent, _WHAT)
        return open_file(path, flags, _WHAT)
    except PlaceError as error:
        raise JournalError(error.message, code="journal-place", advice=error.advice) from error


def _lock_for_writing(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise LockedError(
            f"another process is working on the run {path.parent.name}",
            advice="Wait until it has ended. A lock ends with its process; nothing has to be deleted.",
        ) from None


def _encode(record: Record, chain: str, sealed: Callable[[str], str] | None) -> tuple[bytes, str]:
    text = json.dumps(record.document(), ensure_ascii=True, separators=(",", ":"))
    link = hashlib.sha256(f"{chain}{text}".encode()).hexdigest()
    seal = f',"seal":"{sealed(link)}"' if sealed is not None else ""
    return f'{text[:-1]},"sum":"{link[:32]}"{seal}}}\n'.encode(), link


def _decode(line: bytes, chain: str) -> tuple[Record, str, str | None] | None:
    try:
        body = json.loads(line)
        claimed, seal = body.pop("sum"), body.pop("seal", None)
        text = json.dumps(body, ensure_ascii=True, separators=(",", ":"))
        link = hashlib.sha256(f"{chain}{text}".encode()).hexdigest()
        if claimed != link[:32] or not isinstance(seal, (str, type(None))):
            return None
        return Record(**body), link, seal
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _write_all(descriptor: int, data: bytes, offset: int) -> None:
    written = 0
    while written < len(data):
        written += os.pwrite(descriptor, data[written:], offset + written)
