"""What a desk keeps of its tickets: each is on the disk before it is sent, and until it is known how it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from mmpctl.errors import MmpError, UsageError
from mmpctl.reach.tickets.ticket import Ticket, checked_id
from mmpctl.reach.wire import WireError, from_wire, to_wire
from mmpctl.runs.disk import write_json
from mmpctl.trusted import read_file, require_trusted

_WHAT: Final = "the sent ticket"
_ENDED: Final = ".ended.json"
# So long it can be looked up how a ticket has ended.
_KEPT: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class SentTickets:
    """The folder of a desk's tickets, beside that of its own runs.

    Args:
        path: the folder; it need not be there.
    """

    path: Path

    @classmethod
    def of(cls, runs: Path) -> SentTickets:
        """Return the folder.

        Args:
            runs: the folder of all runs of this machine.
        """
        home = runs.resolve()
        return cls(home.parent / f"{home.name}.sent")

    def write(self, ticket: Ticket) -> None:
        """Write a ticket down; when this returns, it is on the disk.

        Args:
            ticket: that is about to be sent.

        Raises:
            UsageError: it cannot be written; it must not be sent then.
        """
        require_trusted(self.path, _WHAT)
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_json(self.path / f"{checked_id(ticket.id)}.json", to_wire(ticket))
        except OSError as error:
            raise UsageError(
                f"the ticket cannot be written down in {self.path} ({error.strerror})",
                code="ticket-folder",
                advice="Choose another place with --runs, make it writable, or make room. Nothing was sent.",
            ) from error

    def settle(self, ticket: Ticket, told: Mapping[str, Any]) -> str | None:
        """Write down how a ticket has ended: nobody needs to ask for it any more.

        Args:
            ticket: that was sent.
            told: by its site.

        Returns:
            Why it could not be written down, after which it is asked for again; None if it was.
        """
        try:
            write_json(self.path / f"{checked_id(ticket.id)}{_ENDED}", told)
        except OSError as error:
            return f"it cannot be written down in {self.path} how it ended ({error.strerror})"
        return None

    def forget_old(self, now: datetime) -> None:
        """Delete old tickets whose end is known; no desk sends one a second time, so that none can be spent by it.

        Args:
            now: what time it is, aware.

        Raises:
            PlaceError: others could change the folder.
        """
        if not self.path.is_dir():
            return
        require_trusted(self.path, _WHAT)
        for ended in self.path.glob(f"*{_ENDED}"):
            ticket = self.path / f"{ended.name.removesuffix(_ENDED)}.json"
            # One that cannot be read stays as it is.
            with suppress(MmpError, OSError, ValueError):
                if not ticket.exists() or self._read(ticket.stem).made < now - _KEPT:
                    # Without its end, it would be asked for again.
                    ticket.unlink(missing_ok=True)
                    ended.unlink(missing_ok=True)

    def open(self) -> tuple[Ticket, ...]:
        """Return the tickets of which it is not known how they have ended, oldest first."""
        if not self.path.is_dir():
            return ()
        require_trusted(self.path, _WHAT)
        names = {path.name for path in self.path.iterdir()}
        ids = sorted(name.removesuffix(".json") for name in names if name.endswith(".json"))
        waiting = [one for one in ids if "." not in one and f"{one}{_ENDED}" not in names]
        return tuple(sorted(map(self._read, waiting), key=lambda ticket: ticket.made))

    def find(self, ticket: str) -> Ticket | None:
        """Return a ticket; None if there is none.

        Args:
            ticket: its id, whole.
        """
        try:
            return self._read(checked_id(ticket))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _read(self, ticket: str) -> Ticket:
        file = self.path / f"{ticket}.json"
        try:
            told = json.loads(read_file(file, _WHAT))
            return from_wire(told, Ticket, f"the ticket {ticket}")
        except (ValueError, WireError):
            raise UsageError(
                f"{file} is no ticket: it is not known for what it was sent",
                code="ticket-folder",
                advice=f"Ask with `mmpctl runs --engine SITES.yaml` what has become of its run; then move {file} away.",
            ) from None
