"""Past runs: what was asked, what was done, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from mmpctl.documents.renewal import WaitingDocument
from mmpctl.documents.runs import RunDocument, RunsDocument, RunSummary
from mmpctl.errors import MmpError, UsageError
from mmpctl.renewal.journal_context import user
from mmpctl.runs import runs_folder
from mmpctl.runs.ending import Ending
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import JournalError
from mmpctl.runs.record import Event, Record
from mmpctl.runs.state import (
    CLOSED_FILE,
    RunState,
    clusters_of_run,
    is_closed,
    open_clusters,
    state_of,
)
from mmpctl.times import iso, read_stamp


def run(runs: Path) -> RunsDocument:
    """Return all runs of a folder, oldest first.

    Args:
        runs: the folder of all runs.

    Returns:
        The JSON document.
    """
    return {"schema": 1, "command": "runs", "runs": [_summary(one) for one in runs_folder.every(runs)]}


def waiting(runs: Path) -> WaitingDocument:
    """Return the runs of a folder that have not come to their end, oldest first.

    Args:
        runs: the folder of all runs.

    Returns:
        The JSON document of `mmpctl resume` without a run.
    """
    open_runs = [one for one in run(runs)["runs"] if one["state"] in (RunState.UNFINISHED, RunState.DAMAGED)]
    return {"schema": 1, "command": "resume", "run": None, "clusters": [], "unfinished": open_runs}


def begun(runs: Path) -> list[RunSummary]:
    """Return the runs of a folder that have not come to their end, for a suggestion; none if the folder cannot be read.

    Args:
        runs: the folder of all runs.
    """
    try:
        return waiting(runs)["unfinished"]
    except MmpError:
        return []


def last_begun(runs: Path) -> str | None:
    """Return the name of the latest run that has not come to its end; None if all have.

    Args:
        runs: the folder of all runs.
    """
    return next((str(one["run"]) for one in reversed(waiting(runs)["unfinished"])), None)


def show(runs: Path, name: str) -> RunDocument:
    """Return one run: its request, and every record of its journal.

    Args:
        runs: the folder of all runs.
        name: the run's name.

    Raises:
        UsageError: there is no such run.
        JournalError: its journal was changed.
    """
    one = runs_folder.find(runs, name)
    by_hand = sorted(str(file) for file in one.path.glob("by-hand*.txt"))
    return _shown(one, by_hand, one.records())


def close(runs: Path, name: str, reason: str, clock: Callable[[], datetime]) -> RunDocument:
    """End a run that nobody will resume.

    Args:
        runs: the folder of all runs.
        name: the run's name.
        reason: why, for those who come later; the name of the user is kept beside it.
        clock: gives the time, aware, UTC.

    Raises:
        UsageError: there is no such run, or it has ended.
    """
    one = runs_folder.find(runs, name)
    if _summary(one)["state"] == RunState.DAMAGED:
        # Nothing can be added to a journal that was changed: that it is over is told beside it.
        one.write(CLOSED_FILE, {"reason": reason, "user": user(), "at": iso(clock())})
        return _shown(one, [], ())
    if state_of(one.records(), clusters_of_run(one)) is not RunState.UNFINISHED:
        raise UsageError(f"the run {one.name} has ended: there is nothing to close", code="run")
    journal = one.journal(clock)
    try:
        for cluster in open_clusters(one.request, journal.records):
            journal.append(Event.END, cluster, result=Ending.CLOSED, detail={"reason": reason, "user": user()})
    finally:
        journal.close()
    return show(runs, name)


def _shown(one: RunFolder, by_hand: list[str], records: Iterable[Record]) -> RunDocument:
    summary = _summary(one)
    shown: RunDocument = {
        "schema": 1,
        "command": "runs",
        "run": summary["run"],
        "at": summary["at"],
        "state": summary["state"],
        "clusters": summary["clusters"],
        "request": dict(one.request),
        "by_hand": by_hand,
        "records": [record.document() for record in records],
    }
    return {**shown, "services": summary["services"]} if "services" in summary else shown


def _summary(one: RunFolder) -> RunSummary:
    clusters = clusters_of_run(one)
    try:
        records = one.records()
        state = state_of(records, clusters)
    except JournalError:
        records, state = (), RunState.CLOSED if is_closed(one) else RunState.DAMAGED
    ends = {record.cluster: record.result for record in records if record.event == Event.END}
    keepers = {cluster["name"]: cluster.get("keeper") for cluster in one.request["clusters"]}
    summary: RunSummary = {
        "run": one.name,
        "at": iso(read_stamp(one.name[:15])),
        "state": state,
        "clusters": [{"name": name, "outcome": ends.get(name), "keeper": keepers[name]} for name in clusters],
    }
    services: Any = one.request.get("services")
    return {**summary, "services": services} if services else summary
