"""A run claims its unit: it leaves a mark on each node, and makes sure that nobody else does."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Iterable, Mapping
from typing import Final

from nornir.core import Nornir

from mmpctl.cluster.marks import Alone, Mark, Traced, mark_of, traces_of
from mmpctl.errors import MmpError, RefusedError
from mmpctl.fleet.run_on import run_on
from mmpctl.renewal.journal_context import user
from mmpctl.runs.journal import Journal
from mmpctl.runs.record import Event, Record
from mmpctl.tasks.mark import leave_mark, remove_marks, traces

# Of two copies that are taken up in the same moment, the one gives way and the other waits for that, seconds a look.
_LOOKS: Final = 20
_SECONDS: Final = 0.5


def known_marks(records: Iterable[Record], cluster: str) -> frozenset[str]:
    """Return the marks that a run has left on a cluster, as its journal knows.

    Args:
        records: the journal's.
        cluster: the cluster's name.
    """
    return frozenset(
        str(record.detail.get("mark")) for record in records if (record.event, record.cluster) == (Event.MARK, cluster)
    )


def accept(cluster: Traced, run: str, without: frozenset[str]) -> dict[str, Alone]:
    """Return what may lie on each node from now on, for a run whose backup is its mark.

    Args:
        cluster: as it was seen just now, and judged.
        run: the run's name.
        without: names of nodes that are left out.
    """
    return {
        node.name: Alone(run, _traces(cluster, node.name, run)) for node in cluster.nodes if node.name not in without
    }


def claim(nr: Nornir, cluster: Traced, run: str, without: frozenset[str], journal: Journal) -> dict[str, Alone]:
    """Leave a mark on each node of a unit.

    The mark is in the journal before it is on any node. Each node is looked at after it was marked: of two processes
    that do so, one at least sees the other's mark, and gives way.

    Args:
        nr: a Nornir object that knows the cluster.
        cluster: as it was observed when what is left was decided; what lay on its nodes then was judged.
        run: the run's name.
        without: names of nodes that are left out.
        journal: the run's; is told of the mark first.

    Returns:
        What may lie on each node from now on, by inventory name.

    Raises:
        RefusedError: somebody else works on the cluster (code `not-alone`); the mark was taken away again.
        MmpError: a mark could not be left.
    """
    names = [node.name for node in cluster.nodes if node.name not in without]
    known = known_marks(journal.records, cluster.name)
    judged = {name: _traces(cluster, name, run) | known for name in names}
    before = _look(nr, names, run)
    for name, seen in before.items():
        _refuse_rivals(name, seen - judged[name])
    mark = Mark(run, secrets.token_hex(4)).file
    journal.append(Event.MARK, cluster.name, detail={"mark": mark, "nodes": names})
    text = f"Mark of mmpctl run {run}, carried out by {user()} on {socket.gethostname()}. No certificate.\n"
    outcomes = run_on(nr, names, leave_mark, lambda _: {"file": mark, "text": text, "run": run})
    try:
        for outcome in outcomes.values():
            if outcome.error is not None:
                raise outcome.error
        seen_after: dict[str, frozenset[str]] = {name: outcome.value for name, outcome in outcomes.items()}
        _wait_for_rivals(nr, seen_after, judged, run, mark)
    except MmpError:
        withdraw(nr, names, (mark,))
        raise
    return {name: Alone(run, before[name], mark) for name in names}


def withdraw(nr: Nornir, names: Iterable[str], marks: Iterable[str]) -> tuple[str, ...]:
    """Take marks away from nodes; if that fails, the mark stays and a later run deletes it.

    Args:
        nr: a Nornir object that knows the nodes.
        names: of the nodes.
        marks: names of the marks.

    Returns:
        Why it failed, one sentence a node.
    """
    files = tuple(marks)
    outcomes = run_on(nr, list(names), remove_marks, lambda _: {"files": files})
    return tuple(
        f"{name}: the mark of a run could not be deleted: {outcome.error.message}"
        for name, outcome in outcomes.items()
        if outcome.error is not None
    )


def _wait_for_rivals(
    nr: Nornir, after: Mapping[str, frozenset[str]], judged: Mapping[str, frozenset[str]], run: str, mark: str
) -> None:
    pause = threading.Event()
    for _ in range(_LOOKS):
        rivals = {name: seen - judged[name] - {mark} for name, seen in after.items()}
        rivals = {name: found for name, found in rivals.items() if found}
        if not rivals:
            return
        # The names decide alike on both sides: the lesser one gives way at once, the greater one waits until it has.
        if not all(_gives_way(file, run, mark) for found in rivals.values() for file in found):
            break
        pause.wait(_SECONDS)
        after = _look(nr, list(after), run)
    for name, found in rivals.items():
        _refuse_rivals(name, found)


def _gives_way(trace: str, run: str, mark: str) -> bool:
    other = mark_of(trace)
    return other is not None and other.run == run and trace < mark


def _refuse_rivals(name: str, rivals: frozenset[str]) -> None:
    if rivals:
        raise RefusedError(
            f"{', '.join(sorted(rivals))} has appeared on it since it was checked: another run, or a copy of this "
            "one, is "
            "being worked on right now",
            code="not-alone",
            node=name,
            advice="Only commands that change nothing were sent. Find out who runs it, and let only one of the two "
            "go on.",
        )


def _look(nr: Nornir, names: list[str], run: str) -> dict[str, frozenset[str]]:
    outcomes = run_on(nr, names, traces, lambda _: {"run": run})
    for outcome in outcomes.values():
        if outcome.error is not None:
            raise outcome.error
    return {name: outcome.value for name, outcome in outcomes.items()}


def _traces(cluster: Traced, name: str, run: str) -> frozenset[str]:
    node = next(one for one in cluster.nodes if one.name == name)
    return traces_of((*(f"{backup.name}.bak" for backup in node.backups or ()), *node.marks), run)
