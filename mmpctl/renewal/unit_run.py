"""One unit's plan from its first step to its check, whatever the job."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from mmpctl import exit_codes as codes
from mmpctl.errors import RefusedError
from mmpctl.fleet.run_on import as_mmp_error
from mmpctl.moment import Moment
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.execution import Execution, Halt
from mmpctl.renewal.job import Job
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.runs.ending import Ending
from mmpctl.runs.journal import JournalError
from mmpctl.runs.laid_aside import LAID_ASIDE
from mmpctl.runs.record import Event


def carry_out(run: RunContext, job: Job[Any], seen: Moment, resumed: bool = False) -> UnitOutcome:
    """Carry out a plan to its end, or to the first wave that does not end well.

    Args:
        run: the run.
        job: the unit's part of it; what is left of its plan is decided again from the journal.
        seen: when the unit was looked at for the plan.
        resumed: it is a run that was taken up again.

    Returns:
        How it ended; nothing is raised, so that one unit cannot take others with it.
    """
    try:
        outcome = job.outdated(seen) or _carried_out(run, job, resumed)
    except Exception as error:  # a fault in one unit must not take the others with it
        outcome = UnitOutcome(job.unit, Ending.STOPPED, str(as_mmp_error(error)), more=codes.LOOK)
    with suppress(Exception):  # how it ended for the whole does not depend on its parts
        outcome = job.told(outcome)
    # Where the journal is what failed, the outcome has told it already.
    with suppress(JournalError):
        aside = {LAID_ASIDE: True} if outcome.laid_aside else {}
        detail = {"code": outcome.code, "reason": outcome.reason, **aside}
        run.journal.append(Event.END, job.name, result=outcome.outcome, detail=detail)
    run.watch.progress.finished(job.name, outcome.outcome, outcome.reason)
    return outcome


def _carried_out(run: RunContext, job: Job[Any], resumed: bool) -> UnitOutcome:
    try:
        Execution(run, job).run(resumed)
        problems = job.verify()
    except Halt as halt:
        refused = all(isinstance(error, RefusedError) for error in halt.errors.values())
        if refused and not halt.begun and not job.is_opened:
            return UnitOutcome(job.unit, Ending.REFUSED, str(halt.message))
        return job.stopped(halt.errors)
    except Exception as error:  # whatever it was, what is safe now can be told
        return job.stopped({job.unit.lead: as_mmp_error(error, job.unit.lead)})
    if problems:
        return UnitOutcome(job.unit, Ending.FAILED, "; ".join(problems))
    job.close()
    return UnitOutcome(job.unit, Ending.RENEWED)
