"""One cluster's plan from its first step to its verification."""

from __future__ import annotations

from contextlib import suppress

from nornir.core import Nornir

from mmpctl import exit_codes as codes
from mmpctl.cluster.plan import is_opened
from mmpctl.cluster.preflight import NOTHING_TO_DO, READY
from mmpctl.errors import RefusedError
from mmpctl.fleet.run_on import as_mmp_error
from mmpctl.moment import Moment
from mmpctl.renewal.actions import Steps
from mmpctl.renewal.claim import withdraw
from mmpctl.renewal.cluster_plan import ClusterPlan
from mmpctl.renewal.context import Watch
from mmpctl.renewal.execution import Execution, Halt
from mmpctl.renewal.journal_context import see
from mmpctl.renewal.observation import look_again, look_for_backups
from mmpctl.renewal.outcome import ClusterOutcome
from mmpctl.renewal.preparation import Prepared
from mmpctl.renewal.stopped import by_hand_file, describe
from mmpctl.renewal.verification import verification
from mmpctl.runs.ending import Ending
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import Event, Journal, JournalError

# A plan that waited for a confirmation, or for other clusters, is judged again before anything is touched.
PLAN_SECONDS = 60.0


def watched_steps(prepared: Prepared, journal: Journal, folder: RunFolder, watch: Watch) -> Steps:
    """Return what does the steps of one cluster, as its run is watched."""
    stop = watch.stop
    return Steps(prepared, journal, folder, watch.progress, watch.limits, give_up=lambda: stop.insisted)


def carry_out(
    nr: Nornir,
    planned: ClusterPlan,
    folder: RunFolder,
    journal: Journal,
    watch: Watch,
    seen: Moment,
    resumed: bool = False,
) -> ClusterOutcome:
    """Carry out a plan to its end, or to the first wave that does not end well.

    Args:
        nr: a Nornir object that knows the cluster.
        planned: the plan; what is left of it is decided again from the journal.
        folder: the run's folder.
        journal: the run's journal.
        watch: who watches the run.
        seen: when the cluster was looked at for the plan.
        resumed: it is a run that was taken up again.

    Returns:
        How it ended; nothing is raised, so that one cluster cannot take others with it.
    """
    try:
        outcome = _outdated(nr, planned, journal, seen) or _carried_out(nr, planned, folder, journal, watch, resumed)
    except Exception as error:  # a fault in one cluster must not take the others with it
        outcome = ClusterOutcome(
            planned.name, planned.keeper.keeper, Ending.STOPPED, str(as_mmp_error(error)), more=codes.LOOK
        )
    # Where the journal is what failed, the outcome has told it already.
    with suppress(JournalError):
        detail = {"code": outcome.code, "reason": outcome.reason}
        journal.append(Event.END, planned.name, result=outcome.outcome, detail=detail)
    watch.progress.finished(planned.name, outcome.outcome, outcome.reason)
    return outcome


def _outdated(nr: Nornir, planned: ClusterPlan, journal: Journal, seen: Moment) -> ClusterOutcome | None:
    """Return the outcome to report if the plan is stale; None if it still holds."""
    if seen.age() <= PLAN_SECONDS or is_opened(journal.history(planned.name)):
        return None
    cluster = look_for_backups(nr, planned.cluster, planned.goal.left_out)
    now = planned.seen_again(look_again(nr, cluster, planned.goal.left_out))
    if now.preflight.verdict == READY:
        return None
    if now.preflight.verdict == NOTHING_TO_DO:
        return ClusterOutcome(planned.name, planned.keeper.keeper, Ending.NOTHING_TO_DO)
    reason = f"the cluster has changed since the plan was made: {'; '.join(now.preflight.reasons)}"
    return ClusterOutcome(planned.name, planned.keeper.keeper, Ending.REFUSED, reason)


def _carried_out(
    nr: Nornir, planned: ClusterPlan, folder: RunFolder, journal: Journal, watch: Watch, resumed: bool
) -> ClusterOutcome:
    name, keeper = planned.name, planned.keeper.keeper
    # What an earlier stop left to do by hand is about to be done.
    by_hand_file(folder, name).unlink(missing_ok=True)
    steps = watched_steps(planned.prepared, journal, folder, watch)
    execution = Execution(nr, planned.prepared, steps, journal, watch)
    try:
        execution.run(folder.request_sha256, resumed, planned.word)
        verified = verification(nr, planned.prepared, execution, watch)
        see(journal, execution.cluster, verified)
    except Halt as halt:
        refused = all(isinstance(error, RefusedError) for error in halt.errors.values())
        if refused and not halt.begun and not is_opened(journal.history(name)):
            return ClusterOutcome(name, keeper, Ending.REFUSED, str(halt.message))
        return describe(nr, halt.errors, planned, execution, journal, folder, watch.clock())
    except Exception as error:  # whatever it was, what is safe now can be told
        return describe(nr, {keeper: as_mmp_error(error, keeper)}, planned, execution, journal, folder, watch.clock())
    if verified.problems:
        return ClusterOutcome(name, keeper, Ending.FAILED, "; ".join(verified.problems))
    if execution.old_marks:
        # The last mark of this run stays, so that an older copy of it can tell; the next renewal takes it away.
        nodes = [node.name for node in planned.cluster.nodes if node.name not in planned.goal.left_out]
        for problem in withdraw(nr, nodes, execution.old_marks):
            watch.progress.note(name, problem)
    return ClusterOutcome(name, keeper, Ending.RENEWED)
