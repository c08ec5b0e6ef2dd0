"""Renew the certificates of database clusters: plan, confirm, execute, verify."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from nornir.core import Nornir

from mmpctl import exit_codes as codes
from mmpctl.cluster.preflight import Verdict
from mmpctl.cluster.step_documents import step_documents
from mmpctl.cluster.target import Naming
from mmpctl.documents.plan import PlanDocument
from mmpctl.documents.renewal import RenewalDocument, RenewedCluster
from mmpctl.errors import MmpError
from mmpctl.evidence.report import leave_report
from mmpctl.fleet.run_on import close_all
from mmpctl.fleet.transcripts import record_into
from mmpctl.inventory.reviewed_file import pin_reviewed
from mmpctl.inventory.source import source_of
from mmpctl.moment import Moment
from mmpctl.renewal.cluster_lock import lock_units
from mmpctl.renewal.context import RunContext, Watch
from mmpctl.renewal.job_kind import JobKind, Looking, W
from mmpctl.renewal.jobs.catalogue import DATABASE
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.renewal.jobs.database_cluster.renew_options import ClusterWish, RenewOptions
from mmpctl.renewal.not_begun import left_as_it_is, not_begun, reason_to_begin_none, unless_unfinished
from mmpctl.renewal.outcome import NOT_CONFIRMED, UnitOutcome
from mmpctl.renewal.plans import P, Plans
from mmpctl.renewal.request import asked_of
from mmpctl.renewal.rollout import Rollout, carry_out_all, check_canaries, snapshot_name
from mmpctl.renewal.run_options import RunOptions
from mmpctl.reports.reminder import REMINDER_FILE
from mmpctl.runbooks import plan as planning
from mmpctl.runbooks.plan import PlanReport
from mmpctl.runs import runs_folder
from mmpctl.runs.ending import DECLINED
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import Journal
from mmpctl.runs.laid_aside import close_laid_aside
from mmpctl.runs.transcript import Transcripts
from mmpctl.times import iso


@dataclass(frozen=True, slots=True)
class RenewReport:
    """What came of a renewal.

    Args:
        run: the run's name; None when nothing was started.
        clusters: how it ended for each.
        folder: the run's folder.
    """

    run: str | None
    clusters: tuple[UnitOutcome, ...]
    folder: Path | None = None

    @property
    def code(self) -> int:
        """The exit code."""
        return codes.exit_code(cluster.code for cluster in self.clusters)


def run(
    nr: Nornir,
    certs: Path,
    *,
    keepers: Mapping[str, str] | None = None,
    reason: str | None = None,
    other_runs: frozenset[str] = frozenset(),
    leave_out: frozenset[str] = frozenset(),
    names: str = Naming.VERSIONED,
    slaves_at_once: int | None = None,
    rollout: Rollout | None = None,
    runs: Path = Path("runs"),
    confirm: Callable[[PlanReport], PlanReport | None] = lambda report: report,
    inventory: Path | str | None = None,
    watch: Watch | None = None,
) -> RenewReport:
    """Renew every cluster of the inventory given, a few at a time.

    A SCRIPT CONFIRMS BY ITSELF. Unless `confirm` is given, nobody is asked: every cluster that is ready is taken apart
    and put together again as soon as this is called, and calls drop. Look first with `runbooks.plan.run`, which changes
    nothing, or give a `confirm` that shows the plan to a person and returns None for no.

    A run that stops is finished with `mmpctl resume RUN`, or in a script with `runbooks.resume.run(nr, report.run)`.

    Args:
        nr: filtered by the caller to whole clusters.
        certs: the folder of the new certificates.
        keepers: the node whose database survives, by cluster, if the operator confirms it.
        reason: why they are the right ones.
        other_runs: runs of other machines on which nobody works any more.
        leave_out: names of dead nodes to go on without.
        names: `versioned` or `same`.
        slaves_at_once: how many slaves leave or join together; None for all.
        rollout: which clusters go first, how many at a time, and how many may fail; four at a time and none by default.
        runs: the folder of all runs.
        confirm: shown the plan before anything is changed; gives it back, perhaps with a keeper confirmed, or None. BY
            DEFAULT, THE ANSWER IS YES.
        inventory: where the inventory lies, so that `mmpctl resume RUN` finds it; by default where `load` found it.
        watch: who watches the run; nobody by default.

    Returns:
        How it ended for each cluster, and the run.

    Raises:
        UsageError: the certificates' or the runs' folder cannot be used.
    """
    options = RenewOptions(keepers or {}, reason, other_runs, leave_out, Naming.of(names), slaves_at_once)
    options = replace(options, rollout=rollout or Rollout(), runs=runs, inventory=inventory)
    return run_with(nr, certs, options, confirm=confirm, watch=watch)


def run_with(
    nr: Nornir,
    certs: Path,
    options: RenewOptions,
    *,
    confirm: Callable[[PlanReport], PlanReport | None] = lambda report: report,
    watch: Watch | None = None,
) -> RenewReport:
    """Renew as `run` does, with all that is wanted in one object.

    Args:
        nr: filtered by the caller to whole clusters.
        certs: the folder of the new certificates.
        options: what is wanted.
        confirm: shown the plan before anything is changed; see `run`. BY DEFAULT, THE ANSWER IS YES.
        watch: who watches the run; nobody by default.

    Returns:
        How it ended for each cluster, and the run.

    Raises:
        UsageError: the certificates' or the runs' folder cannot be used.
    """
    wish = ClusterWish(certs, options)

    def confirmed(plans: Plans[ClusterPlan]) -> Plans[ClusterPlan] | None:
        return confirm(PlanReport(plans.clusters))

    return of_job(nr, DATABASE, wish, options.of_run, confirm=confirmed, watch=watch)


def of_job(
    nr: Nornir,
    kind: JobKind[W, P],
    wish: W,
    options: RunOptions,
    *,
    confirm: Callable[[Plans[P]], Plans[P] | None] = lambda report: report,
    watch: Watch | None = None,
) -> RenewReport:
    """Do a job on every unit of the inventory given, a few at a time.

    Args:
        nr: filtered by the caller to whole units.
        kind: of the job.
        wish: what is wanted of it.
        options: what is wanted of the run.
        confirm: shown the plan before anything is changed; see `run`. BY DEFAULT, THE ANSWER IS YES.
        watch: who watches the run; nobody by default.

    Returns:
        How it ended for each unit, and the run.

    Raises:
        UsageError: what is wanted, or the runs' folder, cannot be used.
    """
    watching = watch or Watch()
    transcripts = Transcripts(watching.clock)
    kind.check(nr, wish)
    check_canaries(nr, options.rollout)
    units = kind.units(nr)
    turns = kind.turns(options.rollout, units, nr)
    with ExitStack() as stack:
        stack.callback(close_all, nr)
        questions = pin_reviewed(nr)
        outcomes = lock_units(stack, nr, units, watching, home=kind.home)
        fleet = nr.filter(filter_func=lambda host: kind.home(host) not in outcomes)
        record_into(fleet, transcripts)
        wanted = kind.narrowed(wish, fleet)
        looked = kind.plan(fleet, wanted, Looking(watching.clock, options.known_runs, read_only=False))
        seen = Moment.now()
        report = Plans(tuple(unless_unfinished(one, options.runs) for one in looked))
        answered = confirm(report) if report.asks and not watching.stop.wished else report
        planned = answered if answered is not None and not answered.declined else None
        every = (answered or report).clusters
        ready = [one for one in every if one.verdict is Verdict.READY]
        why = reason_to_begin_none(every, outcomes, turns, watching.stop)
        if why is not None:
            outcomes.update({one.name: left_as_it_is(one, why) for one in ready})
            ready = []
        folder: RunFolder | None = None
        if planned is not None and ready:
            source = str(Path(options.inventory).absolute()) if options.inventory else source_of(nr)
            asked = asked_of(kind, source, turns, questions, options.ticket)
            request = {**asked, **kind.to_request(fleet, wanted, ready)}
            folder, journal = _begin(options.runs, request, planned, transcripts, watching)
            stack.callback(journal.close)
            outcomes.update(_carried_out(RunContext(fleet, folder, journal, watching), kind, ready, turns, seen))
        for one in every:
            outcomes.setdefault(one.name, not_begun(one, None if planned else DECLINED if answered else NOT_CONFIRMED))
        ends = {one.name: iso(end) for one in report.clusters if (end := one.valid_until)}
        told = (outcomes[unit.name].with_validity(ends.get(unit.name)) for unit in units if unit.name in outcomes)
        result = RenewReport(folder.name if folder else None, tuple(told), folder.path if folder else None)
        if folder is not None:
            leave_report(
                folder, timed(document(result), watching), watching.clock, watching.progress.note, transcripts.problem
            )
        return result


def _carried_out(
    context: RunContext, kind: JobKind[W, P], ready: Iterable[P], turns: Rollout, seen: Moment
) -> dict[str, UnitOutcome]:
    """Carry out the plans of a run that has just begun, and return how that ended."""
    progress = context.watch.progress
    todo: list[P] = [one.with_snapshot(snapshot_name(context.folder)) for one in ready]
    progress.queued(tuple(one.name for one in todo))
    for one in todo:
        for note in one.notes:
            progress.note(one.name, note)
    ended = carry_out_all(context, [kind.job(context, one) for one in todo], turns, seen)
    return {outcome.name: outcome for outcome in ended}


def _begin(
    runs: Path, request: Mapping[str, Any], planned: Plans[P], transcripts: Transcripts, watch: Watch
) -> tuple[RunFolder, Journal]:
    """The run's folder with its documents, and its journal; if one of them cannot be written, there is no run."""

    def plan(run: RunFolder) -> PlanDocument:
        named = (one.with_snapshot(snapshot_name(run)) if one.steps else one for one in planned.clusters)
        return planning.document(Plans(tuple(named)))

    folder = runs_folder.create(runs, request, watch.clock(), plan)
    close_laid_aside(runs, [one.name for one in planned.clusters if one.steps], folder.name, watch.clock)
    try:
        transcripts.attach(folder.subfolder("transcripts"))
        return folder, folder.journal(watch.clock)
    except OSError as error:
        folder.discard()
        raise runs_folder.unwritable(runs, error) from error
    except MmpError:
        folder.discard()
        raise


def timed(told: RenewalDocument, watch: Watch) -> dict[str, Any]:
    """Return the document of a run as its report has it: with what the time was spent on.

    Args:
        told: how the run ended.
        watch: who watched it.
    """
    return {**told, "timing": watch.stretch.document()}


def document(report: RenewReport, command: Literal["renew", "resume"] = "renew") -> RenewalDocument:
    """Return the report as the JSON of the contract.

    Args:
        report: of a renewal, or of one that was resumed.
        command: `renew` or `resume`.
    """
    return {
        "schema": 1,
        "command": command,
        "run": report.run,
        "reminder": REMINDER_FILE if report.folder and (report.folder / REMINDER_FILE).is_file() else None,
        "clusters": [_of_unit(cluster) for cluster in report.clusters],
    }


def _of_unit(outcome: UnitOutcome) -> RenewedCluster:
    told: RenewedCluster = {
        "name": outcome.name,
        "job": outcome.unit.job,
        "keeper": outcome.unit.facts.get("keeper"),
        "code": outcome.code,
        "outcome": outcome.outcome,
        "reason": outcome.reason,
        "found": list(outcome.found),
        "nodes": [node.document() for node in outcome.nodes],
        "advice": list(outcome.advice),
        "remaining": step_documents(outcome.remaining, outcome.unit.lead or ""),
        "by_hand": outcome.by_hand,
        "valid_until": outcome.valid_until,
    }
    if outcome.by_hand_file is not None:
        told["by_hand_file"] = outcome.by_hand_file
    if outcome.units:
        told["units"] = [unit.document() for unit in outcome.units]
    return told
