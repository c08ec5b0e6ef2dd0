"""What a site keeps of a ticket: a folder, in which one file can be put once, by whoever spends or withdraws it.

They lie beside the folder of all runs and on the same disk: in there is nothing but runs. Whoever works with a ticket
has its lock, which ends with the last process that holds it: it passes from the program that spends the ticket to the
process that it starts without ever being free.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mmpctl.errors import UsageError
from mmpctl.reach.tickets.ticket import TicketRefused, TicketTaken, checked_id
from mmpctl.runs.disk import sync_folder, write_json, write_once
from mmpctl.trusted import open_file, read_file, require_trusted

_WHAT: Final = "the ticket"
_TICKET: Final = "ticket.json"
_LOCK: Final = "lock"
_BEGUN: Final = "begun"
_PROGRESS: Final = "progress.jsonl"
_STOP: Final = "stop.json"
_ANSWER: Final = "answer.json"
_OUTPUT: Final = "output.txt"
_WITHDRAWN: Final = "withdrawn"
_INSIST: Final = "insist"
# The key in the answer of an old ticket that has what is left of it.
BRIEF: Final = "brief"


@dataclass(frozen=True, slots=True)
class TicketFolder:
    """The folder of one ticket.

    Args:
        path: the folder; it need not be there.
    """

    path: Path

    @classmethod
    def of(cls, runs: Path, ticket: str) -> TicketFolder:
        """Return the folder of a ticket, by the folder of all runs and its id; raises `WireError` if it is no id."""
        return cls(cls.home_of(runs) / checked_id(ticket))

    @staticmethod
    def home_of(runs: Path) -> Path:
        """Return the folder of all tickets, by that of all runs."""
        home = runs.resolve()
        return home.parent / f"{home.name}.tickets"

    def spend(self, told: Mapping[str, Any]) -> int:
        """Spend the ticket; when this returns, it is on the disk, and nobody can spend it again.

        Args:
            told: what is begun with it.

        Returns:
            The descriptor of its lock, which is held until all its copies are closed.

        Raises:
            TicketRefused: it was spent or withdrawn before.
            UsageError: it cannot be written down.
        """
        try:
            self._make()
            lock = open_file(self.path / _LOCK, os.O_RDWR | os.O_CREAT, _WHAT)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._put(told)
            except BaseException:
                os.close(lock)
                raise
        except BlockingIOError:
            raise TicketTaken from None
        except OSError as error:
            raise self._unwritable(error) from error
        return lock

    def begin(self) -> dict[str, Any]:
        """Begin with a ticket that was spent; no second process can.

        Returns:
            What was written down when it was spent.

        Raises:
            TicketRefused: it was not spent, whoever has spent it has not started this, or another process has begun.
        """
        told = self.told()
        if told is None or told.get(_WITHDRAWN) or not self.is_held():
            raise TicketRefused("no running program has spent the ticket", advice="Start the renewal at the desk.")
        try:
            os.close(open_file(self.path / _BEGUN, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _WHAT))
        except FileExistsError:
            raise TicketTaken from None
        sync_folder(self.path)
        return told

    def withdraw(self) -> bool:
        """See to it that the ticket can never be spent, unless it was.

        Returns:
            Whether it is withdrawn now.

        Raises:
            UsageError: it cannot be written down.
        """
        require_trusted(self.path, _WHAT)
        try:
            # One that is there needs no room on the disk.
            if self.told() is None:
                self._make()
                self._put({_WITHDRAWN: True})
        except TicketTaken:
            pass
        except OSError as error:
            raise self._unwritable(error) from error
        return not self.is_spent()

    def is_spent(self) -> bool:
        """Return whether the ticket was spent."""
        return not (self.told() or {_WITHDRAWN: True}).get(_WITHDRAWN)

    def told(self) -> dict[str, Any] | None:
        """Return what was written down when the ticket was spent or withdrawn; None if it was neither."""
        return self._document(_TICKET)

    def is_held(self) -> bool:
        """Return whether a process works with the ticket, which was spent."""
        try:
            lock = open_file(self.path / _LOCK, os.O_RDONLY, _WHAT)
        except FileNotFoundError:
            return False
        try:
            # Shared, and for a moment: others who look are not taken for one who works.
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    def answer(self) -> dict[str, Any] | None:
        """Return how the work has ended; None if nobody has told."""
        return self._document(_ANSWER)

    def write_answer(self, told: Mapping[str, Any]) -> None:
        """Write down how the work has ended, as the desk gets it."""
        write_json(self.path / _ANSWER, told)

    def is_spent_whole(self) -> bool:
        """Return whether the ticket was spent, and all that was told of it is there."""
        return (self.path / _OUTPUT).exists()

    def shrink(self, told: Mapping[str, Any]) -> None:
        """Keep that the ticket was spent, and how it ended in brief; the files that can be put once stay."""
        self.write_answer({BRIEF: told})
        # Last the one by which it is known that something is left to do.
        for name in (_PROGRESS, _STOP, _OUTPUT):
            (self.path / name).unlink(missing_ok=True)

    def append_progress(self, line: str) -> None:
        """Add a line to the progress; what does not fit on the disk is missing there, and holds up nobody.

        Args:
            line: without its end.
        """
        with suppress(OSError):
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            with os.fdopen(open_file(self.path / _PROGRESS, flags, _WHAT), "ab") as file:
                file.write(line.encode() + b"\n")

    def progress(self, past: int) -> Iterator[str]:
        """Yield the lines of the progress that are whole.

        Args:
            past: so many are left out.
        """
        try:
            lines = read_file(self.path / _PROGRESS, _WHAT).splitlines(keepends=True)
        except FileNotFoundError:
            return
        yield from (line.decode().rstrip("\n") for line in lines[past:] if line.endswith(b"\n"))

    def ask_to_stop(self, *, insist: bool) -> None:
        """Leave the wish to stop for whoever works with the ticket; with `insist`, to wait for nothing."""
        if not (insist and self.asked_to_stop() == (True, True)):
            write_json(self.path / _STOP, {_INSIST: insist or self.asked_to_stop()[1]})

    def asked_to_stop(self) -> tuple[bool, bool]:
        """Return whether a stop is wished, and whether nothing is to be waited for."""
        told = self._document(_STOP)
        return told is not None, bool(told and told.get(_INSIST))

    def output(self) -> int:
        """Return a descriptor of the file that takes what the process says outside its documents."""
        return open_file(self.path / _OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _WHAT)

    def last_said(self) -> str:
        """Return the last line of that file; empty if there is none."""
        try:
            text = read_file(self.path / _OUTPUT, _WHAT).decode("utf-8", "replace")
        except FileNotFoundError:
            return ""
        return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")

    def _make(self) -> None:
        require_trusted(self.path, _WHAT)
        home = self.path.parent
        home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (home, self.path):
            folder.mkdir(mode=0o700, exist_ok=True)
            sync_folder(folder.parent)

    def _put(self, told: Mapping[str, Any]) -> None:
        """Put the file there that can be put once, whole; raises `TicketRefused` if it is there."""
        try:
            write_once(self.path / _TICKET, told)
        except FileExistsError:
            raise TicketTaken from None

    def _document(self, name: str) -> dict[str, Any] | None:
        try:
            told: dict[str, Any] = json.loads(read_file(self.path / name, _WHAT))
        except (FileNotFoundError, NotADirectoryError):
            return None
        return told

    def _unwritable(self, error: OSError) -> UsageError:
        return UsageError(
            f"the ticket cannot be written down in {self.path.parent} ({error.strerror})",
            code="ticket-folder",
            advice="Make the folder writable at the site, or make room on its disk. Nothing was begun.",
        )
