"""The units of a run that a resume does not continue, and what is reported of each."""

from __future__ import annotations

from collections.abc import Iterable

from mmpctl import exit_codes as codes
from mmpctl.errors import MmpError, OutcomeUnknown
from mmpctl.renewal.job import Planned
from mmpctl.renewal.outcome import NOT_CONFIRMED, UnitOutcome
from mmpctl.renewal.stopped import WELL, Rest, finished_by_hand, kept_before
from mmpctl.renewal.unit import Unit
from mmpctl.runs.ending import DECLINED, Ending
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import Journal
from mmpctl.runs.record import Event


def stopped(
    unit: Unit,
    error: MmpError,
    folder: RunFolder,
    safety: Iterable[str],
    rest: Rest | None = None,
    *,
    is_refused: bool = False,
    well: str = WELL,
) -> UnitOutcome:
    """Return a unit that the run cannot go on with.

    Args:
        unit: that was looked at.
        error: why.
        folder: the run's folder.
        safety: what the job says is safe, and what must not be typed, one line each.
        rest: what is left, if that could be told.
        is_refused: what the operator has given is not what the run began with.
        well: what shows that all is well, if it was finished by hand.
    """
    is_clear = error.code == "not-reachable" or isinstance(error, OutcomeUnknown)
    outcome = Ending.REFUSED if is_refused else Ending.STOPPED
    more = None if is_refused or is_clear else codes.LOOK
    advice = ("Looking at the nodes has changed nothing.", *safety, finished_by_hand(folder, well))
    if rest is None:
        advice = (*advice, *kept_before(folder, unit.name))
        return UnitOutcome(unit, outcome, str(error), advice, more=more)
    # Where that is kept is decided with all units: see `with_rest_kept`.
    return UnitOutcome(unit, outcome, str(error), advice, *rest, more=more)


def ended(unit: Unit, journal: Journal, advice: tuple[str, ...] = ()) -> UnitOutcome:
    """Return a unit that had come to its end before; one whose check had failed is not well for having been resumed.

    Args:
        unit: that had ended.
        journal: the run's.
        advice: what to do where its check had failed, one line each.
    """
    mine = (Event.END, unit.name)
    end = next(record for record in reversed(journal.records) if (record.event, record.cluster) == mine)
    if end.result == Ending.CLOSED:
        reason = (
            f"the run was closed ({end.detail.get('reason')}): it cannot be resumed; start a new one with `mmpctl "
            "renew`"
        )
        return UnitOutcome(unit, Ending.REFUSED, reason)
    if end.result == Ending.FAILED:
        reason = f"all steps were done, but the check afterwards failed: {end.detail.get('reason')}"
        return UnitOutcome(unit, Ending.FAILED, reason, advice)
    return UnitOutcome(unit, Ending.NOTHING_TO_DO)


def asked_to_stop(plan: Planned, found: tuple[str, ...], folder: RunFolder) -> UnitOutcome:
    """Return the outcome of a unit that was ready, when the operator asked to stop.

    Args:
        plan: the steps that are left.
        found: what the look told, one line each.
        folder: the run's folder.
    """
    goes_on = f"`mmpctl resume {folder.name}` looks at every node again and goes on. Nothing has been started."
    why = "the run was asked to stop before anything was started"
    return UnitOutcome(plan.unit, Ending.STOPPED, why, (goes_on,), plan.steps, found=found)


def not_confirmed(plan: Planned, found: tuple[str, ...], *, asked: bool) -> UnitOutcome:
    """Return the outcome of a unit that was ready, when the operator did not say yes.

    Args:
        plan: the steps that are left.
        found: what the look told, one line each.
        asked: somebody was asked.
    """
    why = DECLINED if asked else NOT_CONFIRMED
    return UnitOutcome(plan.unit, Ending.REFUSED, why, remaining=plan.steps, found=found)
