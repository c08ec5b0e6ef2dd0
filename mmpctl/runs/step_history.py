"""The history of a unit's steps: what the records of a journal say was settled, and what may be under way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from mmpctl.cluster.plan import resumed
from mmpctl.cluster.progress import History
from mmpctl.cluster.step import StepKey
from mmpctl.runs.record import FINAL, Event, Record, StepResult


def history_of(records: Iterable[Record], cluster: str, resumed: Callable[[History], History] = resumed) -> History:
    """Fold records into what was settled, what is open, and who the keeper is.

    Args:
        records: in the order of the journal.
        cluster: name of the cluster.
        resumed: what the job still relies on when a run is taken up again.
    """
    history = History()
    for record in records:
        if record.cluster != cluster:
            continue
        if record.facts is not None:
            # The one that the run began with: no later word makes another database the one to keep.
            history = replace(history, keeper=history.keeper or record.facts.get("keeper"))
        elif record.event == Event.RESUMED:
            history = resumed(history)
        elif record.key is not None:
            history = _with_step(history, record, record.key)
    return history


def _with_step(history: History, record: Record, key: StepKey) -> History:
    settled, intended = history.settled, history.intended
    if record.event == Event.INTENT:
        intended |= {key}
    elif record.event == Event.OUTCOME:
        if record.result == StepResult.DONE:
            settled |= {key}
        elif record.result == StepResult.REFUSED and key not in intended:
            # Nothing was running: what counted as done is taken back.
            settled -= {key}
        if record.result in FINAL:
            intended -= {key}
    return replace(history, settled=settled, intended=intended)
