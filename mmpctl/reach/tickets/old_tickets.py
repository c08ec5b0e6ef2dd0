"""Old tickets at a site: what was told of them goes, and the file that can be put once stays for ever.

So no clock decides what may be spent, however far it goes back: a ticket of ten years ago is refused because its file
is there. What it costs is a folder and two short files for each ticket.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from mmpctl.errors import MmpError
from mmpctl.reach.tickets.spent_tickets import TicketFolder
from mmpctl.reach.tickets.ticket_state import Standing
from mmpctl.reach.tickets.ticket_traces import end_of, in_brief
from mmpctl.reach.wire import to_wire
from mmpctl.times import read_iso

# Whoever asks later what has become of a ticket is told how it ended, and not its progress.
KEPT: Final = timedelta(days=90)
# What is not over may still be asked about in full.
_OVER: Final = frozenset({Standing.ENDED, Standing.NOT_BEGUN, Standing.FINISHED})


def shrink_old(runs: Path, now: datetime) -> None:
    """Keep of old tickets that they were spent, and how it ended; the rest is deleted.

    Args:
        runs: the folder of all runs.
        now: what time it is, aware; if the clock is wrong, something is deleted too early or too late, and no more.
    """
    for folder in _whole(runs):
        # One that cannot be read stays as it is.
        with suppress(MmpError, OSError, ValueError, KeyError):
            told = folder.told()
            if told is None or now - read_iso(str(told["at"])) < KEPT:
                continue
            end = end_of(runs, folder)
            if end.standing in _OVER:
                folder.shrink(to_wire(in_brief(end)))


def _whole(runs: Path) -> Iterator[TicketFolder]:
    home = TicketFolder.home_of(runs)
    if home.is_dir():
        yield from (one for path in sorted(home.iterdir()) if (one := TicketFolder(path)).is_spent_whole())
