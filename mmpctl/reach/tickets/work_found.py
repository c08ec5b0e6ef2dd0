"""The runs of a site that a process works on now, so that another desk can see them and stay with them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from mmpctl.documents.runs import RunAtWork
from mmpctl.errors import MmpError
from mmpctl.reach.tickets.spent_tickets import TicketFolder
from mmpctl.reach.tickets.ticket_traces import run_of


def at_work(runs: Path) -> dict[str, RunAtWork]:
    """Return what a ticket has begun and a process works on, by the name of the run.

    Args:
        runs: the folder of all runs.
    """
    home = TicketFolder.home_of(runs)
    found: dict[str, RunAtWork] = {}
    for path in sorted(home.iterdir()) if home.is_dir() else ():
        folder = TicketFolder(path)
        # One that cannot be read is told nowhere; what it has begun is in the list of runs all the same.
        with suppress(MmpError, OSError, ValueError, KeyError):
            told = folder.told() if folder.is_spent_whole() and folder.is_held() else None
            run = run_of(runs, path.name, told) if told is not None else None
            if told is not None and run is not None:
                found[run.name] = {"ticket": path.name, "by": str(told["request"]["asked"]["by"])}
    return found
