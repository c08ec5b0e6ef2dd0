"""Runs that stopped with nothing half done: `resume` goes on with the rest, or a new run does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from mmpctl.errors import MmpError
from mmpctl.runs import runs_folder
from mmpctl.runs.ending import Ending
from mmpctl.runs.record import Event, Record

# In the end of a cluster, in the journal.
LAID_ASIDE: Final = "laid_aside"


def is_laid_aside(records: Iterable[Record], cluster: str) -> bool:
    """Return whether a run stopped with nothing half done of a cluster, and a new run may go on with the rest.

    Args:
        records: the run's journal's.
        cluster: the cluster's name.
    """
    last = next((record for record in reversed(tuple(records)) if record.cluster == cluster), None)
    return last is not None and last.event == Event.END and bool((last.detail or {}).get(LAID_ASIDE))


def close_laid_aside(runs: Path, clusters: Collection[str], by: str, clock: Callable[[], datetime]) -> None:
    """End the runs with the rest of which a new run goes on; one whose journal cannot be written stays as it is.

    Args:
        runs: the folder of all runs.
        clusters: that the new run begins with.
        by: the new run's name.
        clock: gives the time, aware, UTC.
    """
    for one in runs_folder.every(runs):
        named = [cluster["name"] for cluster in one.request["clusters"] if cluster["name"] in clusters]
        with suppress(MmpError, OSError):
            records = one.records()
            aside = [name for name in named if one.name != by and is_laid_aside(records, name)]
            if not aside:
                continue
            journal = one.journal(clock)
            try:
                for name in aside:
                    journal.append(Event.END, name, result=Ending.CLOSED, detail={"reason": f"the run {by} goes on"})
            finally:
                journal.close()
