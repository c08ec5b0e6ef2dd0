"""Past runs: what was asked, what was done, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from mmpctl.errors import MmpError, UsageError
from mmpctl.renewal.journal_context import user
from mmpctl.runs import folder as run_folders
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import Event, JournalError
from mmpctl.runs.state import (
    CLOSED,
    CLOSED_FILE,
    DAMAGED,
    UNFINISHED,
    clusters_of_run,
    is_closed,
    open_clusters,
    state_of,
)
from mmpctl.times import iso, read_stamp


def run(runs: Path) -> dict[str, Any]:
    """Return all runs of a folder, oldest first.

    Args:
        runs: the folder of all runs.

    Returns:
        The JSON document.
    """
    return {"schema": 1, "command": "runs", "runs": [_summary(one) for one in run_folders.every(runs)]}


def waiting(runs: Path) -> dict[str, Any]:
    """Return the runs of a folder that have not come to their end, oldest first.

    Args:
        runs: the folder of all runs.

    Returns:
        The JSON document of `mmpctl resume` without a run.
    """
    open_runs = [one for one in run(runs)["runs"] if one["state"] in (UNFINISHED, DAMAGED)]
    return {"schema": 1, "command": "resume", "run": None, "clusters": [], "unfinished": open_runs}


def begun(runs: Path) -> list[dict[str, Any]]:
    """Return the runs of a folder that have not come to their end, for a suggestion; none if the folder cannot be read.

    Args:
        runs: the folder of all runs.
    """
    try:
        found: list[dict[str, Any]] = waiting(runs)["unfinished"]
    except MmpError:
        return []
    return found


def last_begun(runs: Path) -> str | None:
    """Return the name of the latest run that has not come to its end; None if all have.

    Args:
        runs: the folder of all runs.
    """
    return next((str(one["run"]) for one in reversed(waiting(runs)["unfinished"])), None)


def show(runs: Path, name: str) -> dict[str, Any]:
    """Return one run: its request, and every record of its journal.

    Args:
        runs: the folder of all runs.
        name: the run's name.

    Raises:
        UsageError: there is no such run.
        JournalError: its journal was changed.
    """
    one = run_folders.find(runs, name)
    return {
        "schema": 1,
        "command": "runs",
        **_summary(one),
        "request": one.request,
        "by_hand": sorted(str(file) for file in one.path.glob("by-hand*.txt")),
        "records": [asdict(record) for record in one.records()],
    }


def close(runs: Path, name: str, reason: str, clock: Callable[[], datetime]) -> dict[str, Any]:
    """End a run that nobody will resume.

    Args:
        runs: the folder of all runs.
        name: the run's name.
        reason: why, for those who come later; the name of the user is kept beside it.
        clock: gives the time, aware, UTC.

    Raises:
        UsageError: there is no such run, or it has ended.
    """
    one = run_folders.find(runs, name)
    if _summary(one)["state"] == DAMAGED:
        # Nothing can be added to a journal that was changed: that it is over is told beside it.
        one.write(CLOSED_FILE, {"reason": reason, "user": user(), "at": iso(clock())})
        return _summary(one) | {"schema": 1, "command": "runs", "request": one.request, "by_hand": [], "records": []}
    if state_of(one.records(), clusters_of_run(one)) != UNFINISHED:
        raise UsageError(f"the run {one.name} has ended: there is nothing to close", code="run")
    journal = one.journal(clock)
    try:
        for cluster in open_clusters(one.request, journal.records):
            journal.append(Event.END, cluster, result=CLOSED, detail={"reason": reason, "user": user()})
    finally:
        journal.close()
    return show(runs, name)


def _summary(one: RunFolder) -> dict[str, Any]:
    clusters = clusters_of_run(one)
    try:
        records = one.records()
        state = state_of(records, clusters)
    except JournalError:
        records, state = (), CLOSED if is_closed(one) else DAMAGED
    ends = {record.cluster: record.result for record in records if record.event == Event.END}
    keepers = {cluster["name"]: cluster["keeper"] for cluster in one.request["clusters"]}
    return {
        "run": one.name,
        "at": iso(read_stamp(one.name[:15])),
        "state": state,
        "clusters": [{"name": name, "outcome": ends.get(name), "keeper": keepers[name]} for name in clusters],
    }
