"""One cluster's plan from its first step to its verification."""

from __future__ import annotations

from contextlib import suppress

from nornir.core import Nornir

from mmpctl.runbooks import outcome as codes
from mmpctl.runbooks.aftermath import describe
from mmpctl.runbooks.execute import Execution, Halt
from mmpctl.runbooks.fleet import as_mmp_error
from mmpctl.runbooks.outcome import ClusterOutcome
from mmpctl.runbooks.plan import ClusterPlan
from mmpctl.runbooks.prepare import Prepared
from mmpctl.runbooks.steps import Steps
from mmpctl.runbooks.verification import verification
from mmpctl.runbooks.watch import Watch
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import END, Journal, JournalError


def watched_steps(prepared: Prepared, journal: Journal, folder: RunFolder, watch: Watch) -> Steps:
    """What does the steps of one cluster, as its run is watched."""
    stop = watch.stop
    return Steps(prepared, journal, folder, watch.progress, watch.limits, give_up=lambda: stop.insisted)


def carry_out(nr: Nornir, planned: ClusterPlan, folder: RunFolder, journal: Journal, watch: Watch) -> ClusterOutcome:
    """Carry out a plan to its end, or to the first wave that does not end well.

    Args:
        nr: a Nornir object that knows the cluster.
        planned: the plan; what is left of it is decided anew from the journal.
        folder: the run's folder.
        journal: the run's journal.
        watch: who watches the run.

    Returns:
        How it ended; nothing is raised, so that one cluster cannot take others with it.
    """
    name, keeper = planned.name, planned.keeper.keeper
    steps = watched_steps(planned.prepared, journal, folder, watch)
    execution = Execution(nr, planned.prepared, steps, journal, watch.stop, watch.progress)
    try:
        execution.run()
        problems = verification(nr, planned.prepared, execution, watch.progress)
        if problems:
            outcome = ClusterOutcome(name, keeper, codes.UNVERIFIED, "failed", "; ".join(problems))
        else:
            outcome = ClusterOutcome(name, keeper, codes.DONE, "renewed")
    except Halt as halt:
        outcome = describe(halt.errors, planned, execution, journal, folder)
    except Exception as error:  # a fault in one cluster must not take the others with it
        outcome = describe({keeper: as_mmp_error(error, keeper)}, planned, execution, journal, folder)
    # Where the journal is what failed, the outcome has told it already.
    with suppress(JournalError):
        journal.append(END, name, result=outcome.outcome, detail={"code": outcome.code, "reason": outcome.reason})
    watch.progress.finished(name, outcome.outcome, outcome.reason)
    return outcome
