"""Signs of a run on another machine: its backup on a node, since its lock and journal cannot be seen here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from mmpctl.cluster.durations import age
from mmpctl.cluster.marks import Traced, mark_of, run_of_backup
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.status import DISABLED
from mmpctl.cluster.target import Goal
from mmpctl.times import minute, read_stamp

# A run takes its backups first, and hours at most: one that began so long ago is over, if the cluster is whole.
YOUNG = timedelta(days=1)

_YOUNG = "that is less than a day ago"

_RUN = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")


@dataclass(frozen=True, slots=True)
class OtherRun:
    """A run that left its backups, or its marks, on nodes of a cluster.

    Args:
        name: the run's name.
        began: when, by its name; aware, UTC.
        nodes: where they lie, in the order of the inventory.
    """

    name: str
    began: datetime
    nodes: tuple[str, ...]


def is_run(name: str) -> bool:
    """Return whether a text has the form of a run's name."""
    return _RUN.fullmatch(name) is not None


def run_of(snapshot: str) -> str:
    """Return the run that a snapshot of ours is of.

    Args:
        snapshot: its name, without extension.
    """
    return snapshot.removeprefix("pre-").removesuffix("-again")


def runs_seen(cluster: Traced) -> tuple[OtherRun, ...]:
    """Return all runs whose backups or marks lie on the nodes, the oldest first.

    Args:
        cluster: what was observed.
    """
    nodes: dict[str, list[str]] = {}
    for node in cluster.nodes:
        backups = (run_of_backup(backup.name) for backup in node.backups or ())
        marks = (mark.run for mark in map(mark_of, sorted(node.marks)) if mark is not None)
        for run in dict.fromkeys((*backups, *marks)):
            if run is not None:
                nodes.setdefault(run, []).append(node.name)
    return tuple(
        OtherRun(name, began, tuple(nodes[name])) for name in sorted(nodes) if (began := _began(name)) is not None
    )


def apart(cluster: ObservedCluster) -> tuple[str, ...]:
    """Return the nodes that are out of a cluster that somebody takes apart; none if the cluster is whole.

    Args:
        cluster: what was observed.

    Returns:
        The nodes that have left; where some say Disabled and others do not, those that do.
    """
    disabled = [node for node in cluster.nodes if node.status is not None and node.status.status == DISABLED]
    # An expired cluster may say Disabled everywhere although nobody has touched it.
    mixed = len(disabled) < sum(node.answers for node in cluster.nodes)
    return tuple(node.name for node in disabled if mixed or node.has_left)


def copies_at_work(cluster: Traced, run: str, known: frozenset[str]) -> Iterator[str]:
    """Yield a sentence for each node that shows that a copy of the run has continued elsewhere.

    Args:
        cluster: what was observed.
        run: the run's name.
        known: the marks that its journal knows.
    """
    for node in cluster.nodes:
        foreign = sorted(file for file in node.marks - known if (mark := mark_of(file)) and mark.run == run)
        if foreign:
            yield (
                f"a copy of this run has continued: {node.name} has the mark {', '.join(foreign)}, which this journal "
                "does not contain, so the journal does not show all that was done"
            )


def begun_since(cluster: Traced, run: str, known: frozenset[str]) -> Iterator[str]:
    """Yield a sentence for each other run that started on the cluster after this one had taken it apart.

    Args:
        cluster: what was observed.
        run: the run's name.
        known: runs that nobody works on any more.
    """
    for other in runs_seen(cluster):
        if other.name > run and other.name not in known:
            yield (
                f"the run {other.name}, which is not known here, has begun after this one: its traces are on "
                f"{', '.join(other.nodes)}. Ask who runs it; only when it is certain that nobody works on it any more, "
                f"go on with --other-run {other.name}"
            )


def at_work(cluster: ObservedCluster, goal: Goal, now: datetime) -> Iterator[str]:
    """Yield why somebody else may be at work on the cluster, one sentence a run.

    Args:
        cluster: what was observed.
        goal: names the runs that are known to be over.
        now: the time, aware.
    """
    out = apart(cluster)
    why = f"and {', '.join(out)} {_are(out)} out of the cluster" if out else _YOUNG
    for run in runs_seen(cluster):
        if run.name not in goal.known_runs and (out or now - run.began < YOUNG):
            yield _told(run, now, "its backup is", why)


def young_runs(nodes: Traced, known: frozenset[str], now: datetime) -> Iterator[str]:
    """Yield why somebody else may be at work on the nodes, one sentence for each run of less than a day ago.

    Args:
        nodes: what was observed.
        known: runs that nobody works on any more.
        now: the time, aware.
    """
    for run in runs_seen(nodes):
        if run.name not in known and now - run.began < YOUNG:
            yield _told(run, now, "its traces are", _YOUNG)


def _told(run: OtherRun, now: datetime, what: str, why: str) -> str:
    return (
        f"another run may be at work: {run.name} is not known here, and {what} on {', '.join(run.nodes)}; "
        f"it began {minute(run.began)} ({age(run.began, now)}), {why}. Ask who runs it, and resume it where it was "
        f"begun (`mmpctl resume {run.name}`). Only when it is certain that nobody works on it any more, "
        f"go on with --other-run {run.name}"
    )


def _are(names: tuple[str, ...]) -> str:
    return "is" if len(names) == 1 else "are"


def _began(run: str) -> datetime | None:
    try:
        return read_stamp(run[:15])
    except ValueError:
        return None
