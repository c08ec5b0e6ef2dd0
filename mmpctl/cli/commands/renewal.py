"""Commands around a renewal: plan, renew, resume."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from mmpctl.cli import options
from mmpctl.cli.commands.runs import runs_asked
from mmpctl.cli.confirmation import (
    answered_before,
    ask_for_plan,
    ask_to_accept,
    ask_to_go_on,
    ask_to_wait_no_longer,
    show_run,
)
from mmpctl.cli.selection import Selection, check_form, emit
from mmpctl.cluster.foreign_runs import is_run
from mmpctl.cluster.target import Naming
from mmpctl.display.display import display
from mmpctl.errors import RefusedError, UsageError
from mmpctl.fleet.run_on import close_all
from mmpctl.renewal.context import Watch, now_utc
from mmpctl.renewal.limits import Limits
from mmpctl.renewal.request import inventory_of
from mmpctl.renewal.resume.acceptance import check_accepted, facts_of
from mmpctl.renewal.resume.continuation import Continuation
from mmpctl.renewal.rollout import AT_ONCE, Rollout
from mmpctl.renewal.stop import Stop, stopping
from mmpctl.renewal.unfinished import unless_unfinished
from mmpctl.reports import tables
from mmpctl.runbooks import plan as planning
from mmpctl.runbooks import renew as renewing
from mmpctl.runbooks import resume as resuming
from mmpctl.runbooks import runs as past
from mmpctl.runbooks.plan import PlanReport
from mmpctl.runs.folder import LATEST, find
from mmpctl.runs.journal import JournalError
from mmpctl.runs.lock import LockedError
from mmpctl.runs.state import accounted


def plan(
    certs: options.Certs,
    inventory: options.Inventory = Path("inventory"),
    site: options.Sites = None,
    cluster: options.Clusters = None,
    role: options.Roles = None,
    host: options.Hosts = None,
    filters: options.Filters = None,
    known_hosts: options.KnownHosts = None,
    ssh_config: options.SshConfig = None,
    workers: options.Workers = None,
    keeper: options.Keepers = None,
    reason: options.Reason = None,
    other_run: options.OtherRuns = None,
    leave_out: options.LeaveOut = None,
    names: options.Names = Naming.VERSIONED,
    slaves_at_once: options.SlavesAtOnce = None,
    by_hand: options.ByHand = False,
    runs: options.Runs = Path("runs"),
    output: options.Output = "table",
    output_file: options.OutputFile = None,
) -> int:
    """Check whether a renewal may begin, and show its steps.

    Changes nothing. With --by-hand, shows the complete manual procedure.
    """
    check_form(output)
    _check_names(names)
    keepers = _keepers(keeper)
    why = _reason(reason, keepers)
    others = _other_runs(other_run)
    selection = Selection(inventory, known_hosts, workers, site, cluster, role, host, filters, ssh_config)
    nodes = selection.nodes(whole_clusters=True)
    try:
        report = planning.run(
            nodes,
            certs,
            keepers=keepers,
            reason=why,
            leave_out=frozenset(leave_out or ()),
            names=names,
            slaves_at_once=slaves_at_once,
            known_runs=lambda cluster: accounted(runs, cluster) | others,
            clock=now_utc,
        )
        report = PlanReport(tuple(unless_unfinished(cluster, runs) for cluster in report.clusters))
    finally:
        close_all(nodes)
    asked = {
        **selection.asked(),
        "certs": [str(certs)],
        "keeper": keeper or [],
        "reason": [why] if why else [],
        "other_run": other_run or [],
        **runs_asked(runs),
    }
    document = {**planning.document(report), "asked": asked}
    if by_hand:
        document = planning.with_by_hand(document, nodes, report, now_utc())
    emit(document, tables.plan(document), output, output_file)
    return report.code


def renew(
    certs: options.Certs,
    inventory: options.Inventory = Path("inventory"),
    site: options.Sites = None,
    cluster: options.Clusters = None,
    role: options.Roles = None,
    host: options.Hosts = None,
    filters: options.Filters = None,
    known_hosts: options.KnownHosts = None,
    ssh_config: options.SshConfig = None,
    workers: options.Workers = None,
    keeper: options.Keepers = None,
    reason: options.Reason = None,
    other_run: options.OtherRuns = None,
    leave_out: options.LeaveOut = None,
    names: options.Names = Naming.VERSIONED,
    slaves_at_once: options.SlavesAtOnce = None,
    canary: options.Canaries = None,
    clusters_at_once: options.ClustersAtOnce = AT_ONCE,
    max_failures: options.MaxFailures = 0,
    runs: options.Runs = Path("runs"),
    yes: options.Yes = False,
    operation_minutes: options.OperationMinutes = 30.0,
    output: options.Output = "table",
    output_file: options.OutputFile = None,
) -> int:
    """Renew the certificates of whole clusters.

    Shows the plan, asks for confirmation, carries the plan out, and checks the result.
    """
    check_form(output)
    _check_names(names)
    keepers = _keepers(keeper)
    why = _reason(reason, keepers)
    others = _other_runs(other_run)
    selection = Selection(inventory, known_hosts, workers, site, cluster, role, host, filters, ssh_config)
    nodes = selection.nodes(whole_clusters=True)
    stop = Stop()
    answered: PlanReport | None = None
    with display(sys.stderr) as progress:

        def confirm(report: PlanReport) -> PlanReport | None:
            nonlocal answered
            if yes:
                return report
            answered = ask_for_plan(report)
            return answered

        with stopping(stop, progress.asked_to_stop, lambda: ask_to_wait_no_longer(progress)):
            report = renewing.run(
                nodes,
                certs,
                keepers=keepers,
                reason=why,
                other_runs=others,
                leave_out=frozenset(leave_out or ()),
                names=names,
                slaves_at_once=slaves_at_once,
                rollout=Rollout(tuple(canary or ()), clusters_at_once, max_failures),
                runs=runs,
                confirm=confirm,
                inventory=str(inventory.absolute()),
                watch=Watch(progress, stop, Limits(operation=operation_minutes * 60)),
            )
    document = {**renewing.document(report), "asked": {**selection.asked(), **runs_asked(runs)}}
    # A file is read by others, who have not seen the dialogue.
    shown = answered_before(document, answered) if output_file is None else document
    emit(document, tables.renewal(shown), output, output_file)
    return report.code


def resume(
    run: options.Run = None,
    inventory: options.RunsInventory = None,
    known_hosts: options.KnownHosts = None,
    ssh_config: options.SshConfig = None,
    workers: options.Workers = None,
    certs: Annotated[
        Path | None,
        typer.Option("--certs", metavar="DIR", help="Folder with the new certificates, if it has moved."),
    ] = None,
    keeper: options.Keepers = None,
    reason: options.Reason = None,
    other_run: options.OtherRuns = None,
    accept_run: options.AcceptRun = False,
    runs: options.Runs = Path("runs"),
    yes: options.Yes = False,
    operation_minutes: options.OperationMinutes = 30.0,
    output: options.Output = "table",
    output_file: options.OutputFile = None,
) -> int:
    """Finish what an interrupted run began.

    Looks at the devices and at the journal first, shows the remaining steps, and asks. Without RUN, lists the runs that
    are not finished, with the command for each.
    """
    check_form(output)
    others = _other_runs(other_run)
    keepers = _keepers(keeper)
    why = _reason(reason, keepers)
    if run is None:
        return _unfinished(runs, yes, output, output_file)
    # The latest that there is something to finish of: a later one may have come to its end.
    folder = find(runs, (past.last_begun(runs) if run == LATEST else None) or run)
    selection = Selection(inventory or inventory_of(folder.request), known_hosts, workers, ssh_config=ssh_config)
    asked = {**selection.asked(), **runs_asked(runs)}
    try:
        # Before the inventory is read: what it names is signed in to.
        facts = facts_of(folder)
        show_run(facts, selection.inventory)
        accepted = accept_run or (not facts.proof.holds and ask_to_accept(facts))
        check_accepted(facts, accepted)
    except (RefusedError, JournalError) as error:
        report = resuming.refused(folder, error)
        document = {**renewing.document(report, "resume"), "asked": asked}
        emit(document, tables.renewal(document), output, output_file)
        return report.code
    nodes = selection.nodes()
    stop = Stop()
    with display(sys.stderr) as progress:

        def confirm(found: tuple[Continuation, ...]) -> bool:
            return yes or ask_to_go_on(found)

        with stopping(stop, progress.asked_to_stop, lambda: ask_to_wait_no_longer(progress)):
            watch = Watch(progress, stop, Limits(operation=operation_minutes * 60))
            try:
                report = resuming.run(
                    nodes,
                    folder,
                    certs=certs,
                    other_runs=others,
                    accept_run=accepted,
                    keepers=keepers,
                    reason=why,
                    confirm=confirm,
                    watch=watch,
                )
            except (RefusedError, JournalError, LockedError) as error:
                report = resuming.refused(folder, error)
    document = {**renewing.document(report, "resume"), "asked": asked}
    emit(document, tables.renewal(document), output, output_file)
    return report.code


def _unfinished(runs: Path, yes: bool, output: str, output_file: Path | None) -> int:
    if yes:
        raise UsageError("--yes needs the name of the run", advice="Name the run: `mmpctl resume RUN --yes`.")
    document = {**past.waiting(runs), "asked": runs_asked(runs)}
    emit(document, tables.unfinished(document), output, output_file)
    return 0


def _keepers(given: list[str] | None) -> Mapping[str, str]:
    pairs = {}
    for text in given or ():
        cluster, separator, node = text.partition("=")
        if not (cluster and separator and node):
            raise UsageError(f"--keeper {text}: not CLUSTER=NODE", advice="Write it like --keeper london=cms-1.")
        pairs[cluster] = node
    return pairs


def _reason(text: str | None, keepers: Mapping[str, str]) -> str | None:
    if text is None:
        return None
    if not keepers:
        raise UsageError(
            "--reason can only be used with --keeper", advice="Name the keeper with --keeper CLUSTER=NODE as well."
        )
    if not text.strip() or not text.isprintable():
        raise UsageError("--reason must be one line of text", advice="Say why the node is the right keeper.")
    return text.strip()


def _other_runs(given: list[str] | None) -> frozenset[str]:
    for name in given or ():
        if not is_run(name):
            raise UsageError(
                f"--other-run {name}: not the name of a run",
                advice="Write it as YYYYMMDD-HHMMSS-xxxx; the refusal shows the name.",
            )
    return frozenset(given or ())


def _check_names(names: str) -> None:
    if names not in tuple(Naming):
        raise UsageError(f"--names {names}: no such choice", advice=f"Choose {Naming.VERSIONED} or {Naming.SAME}.")
