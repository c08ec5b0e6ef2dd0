"""`mmpctl resume`: the rest of an interrupted run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmpctl.cli import options
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.renewal_options import Execution, ExecutionAtSites, OperatorWord, asked_again, runs_asked
from mmpctl.cli.result import TimedResult
from mmpctl.cli.selection import RunNodes
from mmpctl.cli.sites import Sites
from mmpctl.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from mmpctl.documents.renewal import RenewalDocument, WaitingDocument
    from mmpctl.renewal.resume.continuation import Continuation
    from mmpctl.runbooks.renew import RenewReport


@grouped
def resume(
    *,
    run: options.Run = None,
    reach: RunNodes,
    certs: Annotated[
        Path | None,
        typer.Option("--certs", metavar="DIR", help="Folder with the new certificates, if it has moved."),
    ] = None,
    word: OperatorWord,
    accept_run: options.AcceptRun = False,
    execution: ExecutionAtSites,
    result: TimedResult,
) -> int:
    """Finish what an interrupted run began.

    Looks at the devices and at the journal first, shows the remaining steps, and asks. Without RUN, lists the runs that
    are not finished, with the command for each. With --engine, the run is at a site, and is resumed there.
    """
    result.check()
    word.check()
    if execution.engine is not None:
        from mmpctl.cli.resumed_at_sites import ResumedAtSites

        Sites(execution.engine).check(
            certs=certs, workers=reach.workers, known_hosts=reach.known_hosts, timing=result.timing or None
        )
        desk = ResumedAtSites(reach, word, execution, result)
        return desk.unfinished() if run is None else desk.resume(run, accept_run=accept_run)
    if run is None:
        return _unfinished(execution, result)
    return _resume_here(run, reach, certs, word, accept_run, execution, result)


def _resume_here(
    run: str,
    reach: RunNodes,
    certs: Path | None,
    word: OperatorWord,
    accept_run: bool,
    execution: Execution,
    result: TimedResult,
) -> int:
    """Resume a run of this machine."""
    from mmpctl.cli.confirmation import ask_to_accept, ask_to_go_on, heeding, show_run
    from mmpctl.display.display import display
    from mmpctl.renewal.jobs.catalogue import JOBS
    from mmpctl.renewal.request import inventory_of, request_for
    from mmpctl.renewal.resume.acceptance import check_accepted, facts_of
    from mmpctl.runbooks import resume as resuming
    from mmpctl.runbooks import runs as past
    from mmpctl.runs.journal import JournalError
    from mmpctl.runs.lock import LockedError
    from mmpctl.runs.runs_folder import LATEST, find

    runs = execution.runs
    # The latest that there is something to finish of: a later one may have come to its end.
    folder = find(runs, (past.last_begun(runs) if run == LATEST else None) or run)
    selection = reach.selection(inventory_of(folder.request))
    asked = asked_again(selection, runs)
    try:
        # Before the inventory is read: what it names is signed in to.
        facts = facts_of(folder, JOBS)
        show_run(facts, selection.inventory)
        accepted = accept_run or (not facts.proof.holds and ask_to_accept(facts))
        check_accepted(facts, accepted)
    except (RefusedError, JournalError) as error:
        return _told(resuming.refused(folder, error), asked, result)
    nodes = selection.nodes()
    kind, _ = request_for(folder, JOBS)

    def confirm(found: tuple[Continuation[Any], ...]) -> bool | None:
        return execution.yes or ask_to_go_on(found)

    with display(sys.stderr, kind.words) as progress, heeding(execution, progress) as watch:
        try:
            report = resuming.run(
                nodes,
                folder,
                certs=certs,
                other_runs=word.others(),
                accept_run=accepted,
                keepers=word.keepers(),
                reason=word.why(),
                confirm=confirm,
                watch=watch,
            )
        except (RefusedError, JournalError, LockedError) as error:
            report = resuming.refused(folder, error)
    return _told(report, asked, result)


def _told(report: RenewReport, asked: dict[str, list[str]], result: TimedResult) -> int:
    from mmpctl.reports import tables
    from mmpctl.runbooks import renew as renewing

    document: RenewalDocument = {**renewing.document(report, "resume"), "asked": asked}
    result.emit(document, tables.renewal(document))
    return report.code


def _unfinished(execution: Execution, result: TimedResult) -> int:
    if execution.yes:
        raise UsageError("--yes needs the name of the run", advice="Name the run: `mmpctl resume RUN --yes`.")
    from mmpctl.reports import tables
    from mmpctl.runbooks import runs as past

    document: WaitingDocument = {**past.waiting(execution.runs), "asked": runs_asked(execution.runs)}
    result.emit(document, tables.unfinished(document))
    return 0
