"""The log of all commands of one user: a file of bounded size in the state folder, which several processes write to.

A record is appended by one system call, so that records of several processes never mix. When the file is full it is
renamed by whoever gets the lock; a record that another process adds at that moment lands in the renamed file. Nothing
waits: a command never stops because of its log.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from mmpctl.errors import MmpError
from mmpctl.runs.state_folder import state_folder
from mmpctl.trusted import open_file, require_trusted

# The logger above all loggers of this package.
ROOT: Final = "mmpctl"
FILE: Final = "mmpctl.log"
# So large becomes one file, bytes, and so many full ones are kept beside it.
MOST_BYTES: Final = 1024 * 1024
KEPT: Final = 4
# So much of one record is kept, bytes: its beginning and its end.
_RECORD: Final = 64 * 1024
_WHAT: Final = "the log"


class KeptLog(logging.Handler):
    """What keeps records in a file, whichever process writes to it."""

    def __init__(self) -> None:
        super().__init__()
        self._place: Path | None = None

    @property
    def kept_at(self) -> Path | None:
        """The file that has what was logged last; None if none is kept."""
        return self._place

    def keep_at(self, path: str | None) -> None:
        """Say where records go, as another process keeps them.

        Args:
            path: of the file; None if none is kept.
        """
        self._place = None if path is None else Path(path)


class LogFile(KeptLog):
    """Appends each record to the log; what goes wrong with that is told once, and is no error.

    Args:
        heading: written before the first record, such as the command that it is from.
        trouble: is told why the log cannot be written, and the file; None if the place of the file is not known.
        most_bytes: so large becomes one file.
        kept: so many full files are kept.
    """

    def __init__(
        self,
        heading: str,
        trouble: Callable[[str, Path | None], None],
        *,
        most_bytes: int = MOST_BYTES,
        kept: int = KEPT,
    ) -> None:
        super().__init__()
        self.path: Path | None = None
        self._heading = heading
        self._trouble = trouble
        self._most_bytes = most_bytes
        self._kept = kept
        self._failed = False
        self._written = False

    def emit(self, record: logging.LogRecord) -> None:
        """Append a record."""
        if self._failed:
            return
        try:
            lines = [self.format(record)]
            if self._heading:
                begin = logging.LogRecord(ROOT, logging.INFO, "", 0, self._heading, None, None)
                lines.insert(0, self.format(begin))
            self._append("".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"))
            self._heading, self._written = "", True
        except (OSError, MmpError) as error:
            self._failed = True
            why = error.message if isinstance(error, MmpError) else error.strerror or type(error).__name__
            # A warning is shown to the user in any case: nothing is lost.
            if record.levelno < logging.WARNING:
                self._trouble(why, self.path)

    @property
    def works(self) -> bool:
        """A record was written, and none has failed since."""
        return self._written and not self._failed

    @property
    def kept_at(self) -> Path | None:
        """The file; None if it does not work."""
        return self.path if self.works else None

    def _append(self, text: bytes) -> None:
        if len(text) > _RECORD:
            text = text[: _RECORD // 2] + b"\n[...]\n" + text[-_RECORD // 2 :]
        if self.path is None:
            folder = state_folder()
            self.path = folder / FILE
            require_trusted(self.path, _WHAT)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(BlockingIOError):
            self._turn(self.path, len(text))
        descriptor = open_file(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _WHAT)
        try:
            written = os.write(descriptor, text)
        finally:
            os.close(descriptor)
        if written < len(text):
            raise OSError(0, "the disk is full")

    def _turn(self, path: Path, more: int) -> None:
        """Rename the file if it is full, unless another process is doing that."""
        if not self._is_full(path, more):
            return
        lock = open_file(path.with_name(f"{FILE}.lock"), os.O_RDWR | os.O_CREAT, _WHAT)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Another process may have renamed it in between.
            if self._is_full(path, more):
                for number in range(self._kept, 0, -1):
                    newer = path.with_name(f"{FILE}.{number - 1}") if number > 1 else path
                    with suppress(FileNotFoundError):
                        newer.replace(path.with_name(f"{FILE}.{number}"))
        finally:
            os.close(lock)

    def _is_full(self, path: Path, more: int) -> bool:
        try:
            return path.lstat().st_size + more > self._most_bytes
        except FileNotFoundError:
            return False


def kept_at() -> Path | None:
    """Return the log that has what was logged last; None if none is kept, or it cannot be written."""
    for one in logging.getLogger(ROOT).handlers:
        if isinstance(one, KeptLog) and one.kept_at is not None:
            return one.kept_at
    return None


def to_be_kept_at() -> Path | None:
    """Return the log that will have what is logged next, as far as can be told."""
    try:
        keeps = any(isinstance(one, KeptLog) for one in logging.getLogger(ROOT).handlers)
        return kept_at() or (state_folder() / FILE if keeps else None)
    except MmpError:
        return None
