"""Finish an interrupted run: the journal and the devices together show the remaining steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nornir.core import Nornir

from mmpctl import exit_codes as codes
from mmpctl.errors import MmpError
from mmpctl.evidence.report import leave_report
from mmpctl.fleet.run_on import close_all
from mmpctl.fleet.transcripts import record_into
from mmpctl.inventory.reviewed_file import pin_reviewed
from mmpctl.moment import Moment
from mmpctl.renewal.cluster_lock import lock_units
from mmpctl.renewal.context import RunContext, Watch
from mmpctl.renewal.job import Job
from mmpctl.renewal.job_kind import AnyKind
from mmpctl.renewal.jobs.catalogue import JOBS
from mmpctl.renewal.jobs.database_cluster.resumption import ClusterContinuation
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.request import check_inventory, other_questions, request_for, rollout_of, units_in
from mmpctl.renewal.resume.acceptance import check_accepted, facts_of, is_own, vouch
from mmpctl.renewal.resume.continuation import Continuation
from mmpctl.renewal.resume.not_resumed import asked_to_stop, ended, not_confirmed
from mmpctl.renewal.resume.said import Said
from mmpctl.renewal.rollout import Rollout, carry_out_all
from mmpctl.renewal.stopped import with_rest_kept
from mmpctl.runbooks.renew import RenewReport, document, timed
from mmpctl.runs.ending import Ending
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import Journal
from mmpctl.runs.lock import LockedError
from mmpctl.runs.runs_folder import find, unwritable
from mmpctl.runs.state import open_clusters
from mmpctl.runs.transcript import Transcripts


def run(
    nr: Nornir,
    folder: RunFolder | Path | str,
    *,
    runs: Path | str = Path("runs"),
    certs: Path | None = None,
    other_runs: frozenset[str] = frozenset(),
    accept_run: bool = False,
    keepers: Mapping[str, str] | None = None,
    reason: str | None = None,
    confirm: Callable[[tuple[ClusterContinuation, ...]], bool | None] = lambda _: True,
    watch: Watch | None = None,
) -> RenewReport:
    """Finish every cluster of a run that has not come to its end.

    A SCRIPT CONFIRMS BY ITSELF. Unless `confirm` is given, nobody is asked: the clusters are changed as soon as this is
    called.

    Args:
        nr: the whole inventory, the same that the run began with.
        folder: the run: its name, as `renew.run` reports it, or its folder.
        runs: the folder of all runs, for a name.
        certs: the folder of the new certificates, if it has moved.
        other_runs: runs of other machines on which nobody works any more.
        accept_run: a person's word that this is the run that it says, if the seal of this user's key is missing.
        keepers: the node whose database survives, by cluster, if the operator confirms it again.
        reason: why they are the right ones; wanted where the evidence speaks against one.
        confirm: shown what was found and what is left; nothing is changed when it says no, or None because nobody can
            be asked. BY DEFAULT, THE ANSWER IS YES.
        watch: who watches the run; nobody by default.

    Returns:
        How it ended for each cluster of the run. If nobody has confirmed what is left, the run's folder is as it was.

    Raises:
        JournalError: the journal was changed, or is another run's.
        UsageError: there is no run of that name, or its folder cannot be written.
        LockedError: another process works on the run.
        RefusedError: request, inventory or certificates are not those of the run, or nothing proves the run and nobody
            has accepted it; says what differs.
    """
    found = folder if isinstance(folder, RunFolder) else find(Path(runs), str(folder))
    said = Said(certs, other_runs, keepers or {}, reason)
    return run_with(nr, found, said, accept_run=accept_run, confirm=confirm, watch=watch)


def run_with(
    nr: Nornir,
    folder: RunFolder,
    said: Said,
    *,
    accept_run: bool = False,
    confirm: Callable[[tuple[Continuation[Any], ...]], bool | None] = lambda _: True,
    watch: Watch | None = None,
    jobs: Mapping[str, AnyKind] = JOBS,
) -> RenewReport:
    """Resume as `run` does, a run of any job.

    Args:
        nr: the whole inventory, the same that the run began with.
        folder: the run's folder.
        said: what the operator says.
        accept_run: a person's word that this is the run that it says; see `run`.
        confirm: shown what was found and what is left; see `run`. BY DEFAULT, THE ANSWER IS YES.
        watch: who watches the run; nobody by default.
        jobs: the kinds of jobs that are known, by their names.

    Returns:
        How it ended for each unit of the run.

    Raises:
        MmpError: as `run` raises.
    """
    watching = watch or Watch()
    kind, request = request_for(folder, jobs)
    # Until it is decided that the run goes on, nothing is written: a look alone leaves the run as it was.
    journal = folder.journal(watching.clock, held=True)
    transcripts = Transcripts(watching.clock)
    try:
        facts = facts_of(folder, jobs)
        check_accepted(facts, accept_run)
        todo = open_clusters(request, journal.records)
        units = {one["name"]: kind.from_request(one) for one in request["clusters"]}
        over = [unit for name, unit in units.items() if name not in todo]
        outcomes = {unit.name: ended(unit, journal, kind.checked(folder)) for unit in over}
        check_inventory(nr, [one for one in request["clusters"] if one["name"] in todo], kind.home)
        changes = other_questions(request, pin_reviewed(nr))
        said = replace(said, proved=is_own(facts, journal.records), changes=changes)
        if not facts.proof.holds:
            vouch(folder, journal, todo, facts)
        fleet = nr.filter(filter_func=lambda host: kind.home(host) in todo)
        context = RunContext(fleet, folder, journal, watching)
        with ExitStack() as stack:
            record_into(fleet, transcripts)
            locked = lock_units(stack, nr, [units[name] for name in todo], watching, folder.name, kind.home)
            outcomes.update(locked)
            free = [one for one in request["clusters"] if one["name"] in todo and one["name"] not in locked]
            looked = kind.on_resume(context, free, request, said)
            going = _Going(context, transcripts, rollout_of(request), tuple(outcomes.values()))
            done, writes = going.on_with(looked, kind, confirm)
            outcomes.update(done)
        every = (outcomes[one["name"]].with_validity(kind.valid_until(one)) for one in request["clusters"])
        report = RenewReport(folder.name, tuple(every), folder.path)
        # Of a run that had ended before, or that nobody has gone on with, the report says how it ended.
        if todo and writes and any(outcomes[name].code != codes.LOCKED for name in todo):
            leave_report(
                folder,
                timed(document(report, "resume"), watching),
                watching.clock,
                watching.progress.note,
                transcripts.problem,
            )
        return report
    finally:
        journal.close()
        close_all(nr)


@dataclass(frozen=True, slots=True)
class _Going:
    """How a stopped run goes on once its units were looked at.

    Args:
        run: the run.
        transcripts: of its nodes.
        rollout: the run's own.
        before: the outcomes of units that had ended, or that another run has locked.
    """

    run: RunContext
    transcripts: Transcripts
    rollout: Rollout
    before: tuple[UnitOutcome, ...]

    def on_with(
        self,
        looked: Mapping[str, Continuation[Any] | UnitOutcome],
        kind: AnyKind,
        confirm: Callable[[tuple[Continuation[Any], ...]], bool | None],
    ) -> tuple[dict[str, UnitOutcome], bool]:
        """Ask, and carry out what is left; return the outcomes, and whether anything was written."""
        seen, watch, folder = Moment.now(), self.run.watch, self.run.folder
        # What is apart is put together first; what was never begun waits its turn.
        ready = [(one, kind.job(self.run, one.plan)) for one in looked.values() if isinstance(one, Continuation)]
        ready.sort(key=lambda one: not one[1].is_opened)
        goes_on = tuple(one for one, _ in ready)
        resumed = {one.plan.name: one for one in goes_on}
        answer = confirm(goes_on) if goes_on and not watch.stop.wished else None
        if writes := bool(answer) or not goes_on:
            _write_from_now_on(folder, self.run.journal, self.transcripts)
        outcomes = _halted(looked, folder, writes)
        if answer:
            watch.progress.queued(tuple(resumed))
            others = (*self.before, *outcomes.values())
            done = carry_out_all(self.run, [job for _, job in ready], self.rollout, seen, others, resumed=True)
            outcomes.update({outcome.name: outcome for outcome in done})
        else:
            outcomes.update(_declined(ready, folder, watch.stop.wished, asked=answer is not None))
        outcomes.update(
            {name: replace(outcomes[name], found=one.found, nodes=one.nodes) for name, one in resumed.items()}
        )
        return outcomes, writes


def _declined(
    ready: Iterable[tuple[Continuation[Any], Job[Any]]], folder: RunFolder, is_stopped: bool, *, asked: bool
) -> dict[str, UnitOutcome]:
    return {
        one.plan.name: job.told(
            asked_to_stop(one.plan, one.found, folder)
            if is_stopped
            else not_confirmed(one.plan, one.found, asked=asked)
        )
        for one, job in ready
    }


def _halted(
    looked: Mapping[str, Continuation[Any] | UnitOutcome], folder: RunFolder, writes: bool
) -> dict[str, UnitOutcome]:
    halted = (found for found in looked.values() if isinstance(found, UnitOutcome))
    return {one.name: with_rest_kept(one, folder, write=writes) for one in halted}


def _write_from_now_on(folder: RunFolder, journal: Journal, transcripts: Transcripts) -> None:
    """Write what the look has told into the run's folder, and all that follows."""
    try:
        transcripts.attach(folder.subfolder("transcripts"))
    except OSError as error:
        raise unwritable(folder.path.parent, error) from error
    journal.release()


def refused(folder: RunFolder, error: MmpError) -> RenewReport:
    """Return the report of a run that could not be taken up at all.

    Args:
        folder: the run's folder.
        error: what `run` raised.
    """
    locked = isinstance(error, LockedError)
    word, more = (Ending.NOT_STARTED, codes.LOCKED) if locked else (Ending.REFUSED, None)
    outcomes = (UnitOutcome(unit, word, str(error), more=more) for unit in units_in(folder, JOBS))
    return RenewReport(folder.name, tuple(outcomes), folder.path)
