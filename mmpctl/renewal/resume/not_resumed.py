"""The clusters of a run that a resume does not continue, and what is reported of each."""

from __future__ import annotations

from mmpctl import exit_codes as codes
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.plan import plan
from mmpctl.cluster.step import Step
from mmpctl.documents.begun import BegunCluster
from mmpctl.documents.procedure import ProcedureDocument
from mmpctl.errors import MmpError, OutcomeUnknown
from mmpctl.procedure import by_hand
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.jobs.database_cluster.actions import INSTRUCTIONS
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.renewal.jobs.database_cluster.preparation import Prepared
from mmpctl.renewal.jobs.database_cluster.unit import requested_unit
from mmpctl.renewal.outcome import NOT_CONFIRMED, UnitOutcome
from mmpctl.renewal.step_journal import endings
from mmpctl.renewal.stopped import finished_by_hand, kept_before, whereabouts
from mmpctl.runs.ending import Ending
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import Journal
from mmpctl.runs.record import Event

# The steps that are left, and the procedure by hand.
Rest = tuple[tuple[Step, ...], ProcedureDocument]


def rest_of(run: RunContext, prepared: Prepared) -> Rest:
    """Return what is left by what was seen, as steps and as the procedure by hand.

    Args:
        run: the run.
        prepared: the cluster as it was seen, its goal and the files.
    """
    folder, journal, name = run.folder, run.journal, prepared.cluster.name
    history = journal.history(name)
    left = plan(prepared.cluster, prepared.goal, history)
    facts = prepared.facts((folder.path / "by-hand").absolute(), history, endings(journal, name))
    rest = by_hand.document(run.nr, facts, left, run.watch.clock(), INSTRUCTIONS)
    return left, rest


def stopped(
    one: BegunCluster,
    error: MmpError,
    folder: RunFolder,
    seen: ObservedCluster | None = None,
    rest: Rest | None = None,
) -> UnitOutcome:
    """Return a cluster that the run cannot go on with.

    Args:
        one: the cluster's part of the request.
        error: why.
        folder: the run's folder.
        seen: the cluster, where it could be looked at.
        rest: what is left, if that could be told.
    """
    is_clear = error.code == "not-reachable" or isinstance(error, OutcomeUnknown)
    is_refused = error.code in ("other-files", "files", "other-keeper")
    outcome = Ending.REFUSED if is_refused else Ending.STOPPED
    more = None if is_refused or is_clear else codes.LOOK
    keeper = one["keeper"]
    advice = (
        "Looking at the nodes has changed nothing.",
        *whereabouts(seen, keeper, folder),
        finished_by_hand(folder),
    )
    unit = requested_unit(one)
    if rest is None:
        advice = (*advice, *kept_before(folder, unit.name))
        return UnitOutcome(unit, outcome, str(error), advice, more=more)
    # Where that is kept is decided with all clusters: see `with_rest_kept`.
    return UnitOutcome(unit, outcome, str(error), advice, *rest, more=more)


def ended(one: BegunCluster, journal: Journal, folder: RunFolder) -> UnitOutcome:
    """Return a cluster that had come to its end before; one whose check had failed is not well for having been resumed.

    Args:
        one: the cluster's part of the request.
        journal: the run's.
        folder: the run's folder.
    """
    name, unit = one["name"], requested_unit(one)
    end = next(record for record in reversed(journal.records) if (record.event, record.cluster) == (Event.END, name))
    if end.result == Ending.CLOSED:
        reason = (
            f"the run was closed ({end.detail.get('reason')}): it cannot be resumed; start a new one with `mmpctl "
            "renew`"
        )
        return UnitOutcome(unit, Ending.REFUSED, reason)
    if end.result == Ending.FAILED:
        reason = f"all steps were done, but the check afterwards failed: {end.detail.get('reason')}"
        advice = ("`mmpctl status` shows how it is now.", f"The backups are in {folder.path / 'backups'}.")
        return UnitOutcome(unit, Ending.FAILED, reason, advice)
    return UnitOutcome(unit, Ending.NOTHING_TO_DO)


def asked_to_stop(plan: ClusterPlan, found: tuple[str, ...], folder: RunFolder) -> UnitOutcome:
    """Return the outcome of a cluster that was ready, when the operator asked to stop.

    Args:
        plan: the steps that are left.
        found: what the look told, one line each.
        folder: the run's folder.
    """
    goes_on = f"`mmpctl resume {folder.name}` looks at every node again and goes on. Nothing has been started."
    why = "the run was asked to stop before anything was started"
    return UnitOutcome(plan.unit, Ending.STOPPED, why, (goes_on,), plan.steps, found=found)


def not_confirmed(plan: ClusterPlan, found: tuple[str, ...]) -> UnitOutcome:
    """Return the outcome of a cluster that was ready, when the operator did not say yes.

    Args:
        plan: the steps that are left.
        found: what the look told, one line each.
    """
    return UnitOutcome(plan.unit, Ending.REFUSED, NOT_CONFIRMED, remaining=plan.steps, found=found)
