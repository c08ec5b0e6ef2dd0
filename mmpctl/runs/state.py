"""What has become of runs: which have ended, and which clusters are still open."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mmpctl.documents.begun import BegunRenewal, BegunRun
from mmpctl.enums import Word
from mmpctl.runs import runs_folder
from mmpctl.runs.ending import Ending
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import JournalError
from mmpctl.runs.laid_aside import is_laid_aside
from mmpctl.runs.record import Event, Record

CLOSED_FILE = "closed.json"


class RunState(Word):
    """What has become of a run."""

    FINISHED = "finished"
    UNFINISHED = "unfinished"
    # A person has said that nobody will resume it.
    CLOSED = "closed"
    # Its journal is not what the run wrote.
    DAMAGED = "damaged"


_ENDED = tuple(ending for ending in Ending if ending.is_last)


def open_clusters(request: BegunRun | BegunRenewal, records: Iterable[Record]) -> tuple[str, ...]:
    """Return the clusters of a run that have not come to their end.

    Args:
        request: the run's.
        records: its journal's.
    """
    ends = {record.cluster: record.result for record in records if record.event == Event.END}
    return tuple(one["name"] for one in request["clusters"] if ends.get(one["name"]) not in _ENDED)


def was_begun(records: Iterable[Record], cluster: str) -> bool:
    """Return whether a run has intended anything with a cluster.

    Args:
        records: the run's journal's.
        cluster: the cluster's name.
    """
    return any(record.cluster == cluster and record.event == Event.INTENT for record in records)


def unfinished(runs: Path, cluster: str) -> str | None:
    """Return the name of the last run that began with a cluster and has not ended, if there is one.

    Args:
        runs: the folder of all runs.
        cluster: the cluster's name.
    """
    for one in reversed(runs_folder.every(runs)):
        if cluster not in clusters_of_run(one):
            continue
        try:
            records = one.records()
            if not was_begun(records, cluster):
                continue  # its turn did not come: nothing is left half done
            is_open = cluster in open_clusters(one.request, records) and not is_laid_aside(records, cluster)
            return one.name if is_open else None
        except JournalError:
            # What it says cannot be relied on: nobody knows that it has ended, unless somebody has said so.
            if not is_closed(one):
                return one.name
    return None


def accounted(runs: Path, cluster: str) -> frozenset[str]:
    """The runs of a cluster that a folder accounts for: those that have ended, and the one that `unfinished` names.

    A run that was laid aside counts as one that has ended.

    Args:
        runs: the folder of all runs.
        cluster: the cluster's name.
    """
    names = {unfinished(runs, cluster)}
    for one in runs_folder.every(runs):
        try:
            if cluster not in clusters_of_run(one):
                continue
            records = one.records()
            if cluster not in open_clusters(one.request, records) or is_laid_aside(records, cluster):
                names.add(one.name)
        except JournalError:
            # Nobody knows that it has ended, unless somebody has said so.
            if is_closed(one) and cluster in clusters_of_run(one):
                names.add(one.name)
    return frozenset(name for name in names if name is not None)


def is_closed(one: RunFolder) -> bool:
    """Return whether somebody has said that a run whose journal was changed is over.

    Args:
        one: the run.
    """
    return (one.path / CLOSED_FILE).is_file()


def clusters_of_run(one: RunFolder) -> list[str]:
    """Return the names of a run's clusters.

    Args:
        one: the run.
    """
    return [cluster["name"] for cluster in one.request["clusters"]]


def state_of(records: Iterable[Record], clusters: Iterable[str]) -> RunState:
    """Return whether a run was closed, has finished, or is unfinished.

    Args:
        records: its journal's.
        clusters: the names of its clusters.
    """
    ends = {record.cluster: record.result for record in records if record.event == Event.END}
    if Ending.CLOSED in ends.values():
        return RunState.CLOSED
    return RunState.FINISHED if all(ends.get(name) in _ENDED for name in clusters) else RunState.UNFINISHED
