"""Look up on the devices how steps ended whose end was not seen, before anything is done again."""

from __future__ import annotations

from typing import Any

from nornir.core.task import Result, Task

from mmpctl.cluster.step import StepKey
from mmpctl.errors import RefusedError
from mmpctl.fleet.run_on import run_on
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.job import Job
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.runs.journal import Journal
from mmpctl.runs.record import Event, Record


def look_up(run: RunContext, job: Job[Any]) -> tuple[str, ...]:
    """Find out how the steps of one unit ended whose end nobody saw; the journal and the job are told.

    Args:
        run: the interrupted run.
        job: the unit's part of it.

    Returns:
        One line for each open step: what the journal says, what the device reports, what follows.

    Raises:
        MmpError: a node cannot be looked at, or what it shows needs a person.
    """
    open_steps: dict[str, list[Record]] = {}
    for record in _open(run.journal, job):
        if record.node is not None:
            open_steps.setdefault(record.node, []).append(record)

    def look(task: Task) -> Result:
        found = [_found(task, record, run.journal, job) for record in open_steps[task.host.name]]
        return Result(host=task.host, result=found)

    found = [f"the journal says: {text}" for text in _summary(run.journal, job)]
    outcomes = run_on(run.nr, open_steps, look)
    found += [line for outcome in outcomes.values() if outcome.error is None for line in outcome.value]
    job.look()
    # What was done by hand is kept even where a node needs a person: what is told to be left must leave it out.
    found += job.found_by_hand()
    for line in found:
        run.watch.progress.note(job.name, line)
    for outcome in outcomes.values():
        if outcome.error is not None:
            raise outcome.error
    return tuple(found)


def _open(journal: Journal, job: Job[Any]) -> tuple[Record, ...]:
    """Return the last intent of each step whose end was not seen, in the order of the journal."""
    begun = (record for record in journal.records if (record.cluster, record.event) == (job.name, Event.INTENT))
    last = {record.key: record for record in begun}
    return tuple(sorted((last[key] for key in job.history.intended), key=lambda record: record.seq))


def _found(task: Task, record: Record, journal: Journal, job: Job[Any]) -> str:
    key = StepKey.parse(record.step or "")
    action = job.actions.get(key.action)
    if action is None:
        raise RefusedError(
            f"the journal has a step '{key.action}', which this release does not know",
            code="other-step",
            node=key.node,
            advice="Take the run up with the release that wrote it. Nothing was sent.",
        )
    ledger = StepLedger(journal, job.name, key)
    begun = f"the journal says: '{record.command or ''}' was started on {key.node}, and its end was not seen"
    return f"{begun} · {action.look_up(task, ledger, record, job.seen)}"


def _summary(journal: Journal, job: Job[Any]) -> list[str]:
    done = job.history.settled - job.history.intended
    return [f"{len(done)} steps have ended well", *cut_line(journal)]


def cut_line(journal: Journal) -> tuple[str, ...]:
    """Return a note if the interruption cut off the journal's last line."""
    return (
        ("its last line was cut off by the interruption and is ignored: nothing was done because of it",)
        if journal.torn
        else ()
    )
