"""Past runs: what was asked, what was done, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from mmpctl.cluster.preflight import NOTHING_TO_DO
from mmpctl.errors import MmpError, UsageError
from mmpctl.renewal.journal_context import user
from mmpctl.runs import folder as run_folders
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import END, INTENT, JournalError, Record

CLOSED, DAMAGED, FINISHED, UNFINISHED = "closed", "damaged", "finished", "unfinished"
_CLOSED_FILE = "closed.json"
_ENDED = ("renewed", "failed", NOTHING_TO_DO, CLOSED)


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
        "records": [asdict(record) for record in _records(one)],
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
        one.write(_CLOSED_FILE, {"reason": reason, "user": user(), "at": f"{clock():%Y-%m-%dT%H:%M:%SZ}"})
        return _summary(one) | {"schema": 1, "command": "runs", "request": one.request, "by_hand": [], "records": []}
    if _state(_records(one), _clusters(one)) != UNFINISHED:
        raise UsageError(f"the run {one.name} has ended: there is nothing to close", code="run")
    journal = one.journal(clock)
    try:
        for cluster in open_clusters(one.request, journal.records):
            journal.append(END, cluster, result=CLOSED, detail={"reason": reason, "user": user()})
    finally:
        journal.close()
    return show(runs, name)


def open_clusters(request: Mapping[str, Any], records: Iterable[Record]) -> tuple[str, ...]:
    """Return the clusters of a run that have not come to their end.

    Args:
        request: the run's.
        records: its journal's.
    """
    ends = {record.cluster: record.result for record in records if record.event == END}
    return tuple(one["name"] for one in request["clusters"] if ends.get(one["name"]) not in _ENDED)


def was_begun(records: Iterable[Record], cluster: str) -> bool:
    """Return whether a run has intended anything with a cluster.

    Args:
        records: the run's journal's.
        cluster: the cluster's name.
    """
    return any(record.cluster == cluster and record.event == INTENT for record in records)


def unfinished(runs: Path, cluster: str) -> str | None:
    """Return the name of the last run that began with a cluster and has not ended, if there is one.

    Args:
        runs: the folder of all runs.
        cluster: the cluster's name.
    """
    for one in reversed(run_folders.every(runs)):
        if cluster not in _clusters(one):
            continue
        try:
            records = _records(one)
            if not was_begun(records, cluster):
                continue  # its turn did not come: nothing is left half done
            return one.name if cluster in open_clusters(one.request, records) else None
        except JournalError:
            # What it says cannot be relied on: nobody knows that it has ended, unless somebody has said so.
            if not _is_closed(one):
                return one.name
    return None


def accounted(runs: Path, cluster: str) -> frozenset[str]:
    """The runs of a cluster that a folder accounts for: those that have ended, and the one that `unfinished` names.

    Args:
        runs: the folder of all runs.
        cluster: the cluster's name.
    """
    names = {unfinished(runs, cluster)}
    for one in run_folders.every(runs):
        try:
            if cluster in _clusters(one) and cluster not in open_clusters(one.request, _records(one)):
                names.add(one.name)
        except JournalError:
            # Nobody knows that it has ended, unless somebody has said so.
            if _is_closed(one) and cluster in _clusters(one):
                names.add(one.name)
    return frozenset(name for name in names if name is not None)


def _is_closed(one: RunFolder) -> bool:
    return (one.path / _CLOSED_FILE).is_file()


def _records(one: RunFolder) -> tuple[Record, ...]:
    return one.records()


def _clusters(one: RunFolder) -> list[str]:
    return [cluster["name"] for cluster in one.request["clusters"]]


def _summary(one: RunFolder) -> dict[str, Any]:
    clusters = _clusters(one)
    try:
        records = _records(one)
        state = _state(records, clusters)
    except JournalError:
        records, state = (), CLOSED if _is_closed(one) else DAMAGED
    ends = {record.cluster: record.result for record in records if record.event == END}
    keepers = {cluster["name"]: cluster["keeper"] for cluster in one.request["clusters"]}
    return {
        "run": one.name,
        "at": datetime.strptime(f"{one.name[:15]}+0000", "%Y%m%d-%H%M%S%z").strftime("%Y-%m-%dT%H:%M:%SZ"),
        "state": state,
        "clusters": [{"name": name, "outcome": ends.get(name), "keeper": keepers[name]} for name in clusters],
    }


def _state(records: tuple[Record, ...], clusters: list[str]) -> str:
    ends = {record.cluster: record.result for record in records if record.event == END}
    if CLOSED in ends.values():
        return CLOSED
    return FINISHED if all(ends.get(name) in _ENDED for name in clusters) else UNFINISHED
