"""Commands around a renewal: plan, renew, resume, runs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from mmpctl.cluster.goal import SAME, VERSIONED
from mmpctl.errors import RefusedError, UsageError
from mmpctl.reports import tables
from mmpctl.runbooks import options
from mmpctl.runbooks import plan as planning
from mmpctl.runbooks import renew as renewing
from mmpctl.runbooks import resume as resuming
from mmpctl.runbooks import runs as past
from mmpctl.runbooks.ask import ask_keeper, confirm_plan, may_ask
from mmpctl.runbooks.ask import yes as said_yes
from mmpctl.runbooks.commands.fleet import Selection, check_form, emit
from mmpctl.runbooks.display import display
from mmpctl.runbooks.fleet import close_all
from mmpctl.runbooks.plan import PlanReport
from mmpctl.runbooks.resume import Continuation
from mmpctl.runbooks.steps import Limits
from mmpctl.runbooks.stop import STOPPING, Stop, stopping
from mmpctl.runbooks.watch import Watch, now_utc
from mmpctl.runs.folder import find
from mmpctl.runs.journal import JournalError
from mmpctl.runs.lock import LockedError


def plan(
    certs: options.Certs,
    inventory: options.Inventory = Path("inventory"),
    site: options.Sites = None,
    cluster: options.Clusters = None,
    role: options.Roles = None,
    host: options.Hosts = None,
    filters: options.Filters = None,
    known_hosts: options.KnownHosts = None,
    workers: options.Workers = None,
    keeper: options.Keepers = None,
    leave_out: options.LeaveOut = None,
    names: options.Names = VERSIONED,
    slaves_at_once: options.SlavesAtOnce = None,
    output: options.Output = "table",
    output_file: options.OutputFile = None,
) -> int:
    """Check whether a renewal may begin, and show its steps. Changes nothing."""
    check_form(output)
    _check_names(names)
    keepers = _keepers(keeper)
    selection = Selection(inventory, known_hosts, workers, site, cluster, role, host, filters)
    nodes = selection.nodes(whole_clusters=True)
    try:
        report = planning.run(
            nodes,
            certs,
            keepers=keepers,
            leave_out=frozenset(leave_out or ()),
            names=names,
            slaves_at_once=slaves_at_once,
            clock=now_utc,
        )
    finally:
        close_all(nodes)
    asked = {**selection.asked(), "certs": [str(certs)], "keeper": keeper or []}
    document = {**planning.document(report), "asked": asked}
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
    workers: options.Workers = None,
    keeper: options.Keepers = None,
    leave_out: options.LeaveOut = None,
    names: options.Names = VERSIONED,
    slaves_at_once: options.SlavesAtOnce = None,
    runs: options.Runs = Path("runs"),
    yes: options.Yes = False,
    operation_minutes: options.OperationMinutes = 30.0,
    output: options.Output = "table",
    output_file: options.OutputFile = None,
) -> int:
    """Renew the certificates of whole clusters: plan, confirm, execute, verify."""
    check_form(output)
    _check_names(names)
    keepers = _keepers(keeper)
    selection = Selection(inventory, known_hosts, workers, site, cluster, role, host, filters)
    nodes = selection.nodes(whole_clusters=True)
    stop = Stop()
    with display(sys.stderr) as progress:

        def confirm(report: PlanReport) -> PlanReport | None:
            return report if yes else _ask(report)

        with stopping(stop, lambda: progress.note("", STOPPING)):
            report = renewing.run(
                nodes,
                certs,
                keepers=keepers,
                leave_out=frozenset(leave_out or ()),
                names=names,
                slaves_at_once=slaves_at_once,
                runs=runs,
                confirm=confirm,
                inventory=str(inventory.absolute()),
                watch=Watch(progress, stop, Limits(operation=operation_minutes * 60)),
            )
    document = {**renewing.document(report), "asked": {**selection.asked(), **_runs(runs)}}
    emit(document, tables.renewal(document), output, output_file)
    return report.code


def resume(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Name of the run; `mmpctl runs` lists them.")],
    inventory: options.Inventory = Path("inventory"),
    known_hosts: options.KnownHosts = None,
    workers: options.Workers = None,
    certs: Annotated[
        Path | None, typer.Option("--certs", help="Folder with the new certificates, where it has moved.")
    ] = None,
    runs: options.Runs = Path("runs"),
    yes: options.Yes = False,
    operation_minutes: options.OperationMinutes = 30.0,
    output: options.Output = "table",
    output_file: options.OutputFile = None,
) -> int:
    """Look at the devices and at the journal, then finish what an interrupted run began."""
    check_form(output)
    folder = find(runs, run)
    selection = Selection(inventory, known_hosts, workers)
    nodes = selection.nodes()
    stop = Stop()
    with display(sys.stderr) as progress:

        def confirm(found: tuple[Continuation, ...]) -> bool:
            return yes or _ask_to_go_on(found)

        with stopping(stop, lambda: progress.note("", STOPPING)):
            watch = Watch(progress, stop, Limits(operation=operation_minutes * 60))
            try:
                report = resuming.run(nodes, folder, certs=certs, confirm=confirm, watch=watch)
            except (RefusedError, JournalError, LockedError) as error:
                report = resuming.refused(folder, error)
    document = {**renewing.document(report, "resume"), "asked": {**selection.asked(), **_runs(runs)}}
    emit(document, tables.renewal(document), output, output_file)
    return report.code


def runs(
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="One run: its steps and evidence.")] = None,
    folder: options.Runs = Path("runs"),
    close: Annotated[str | None, typer.Option("--close", metavar="RUN", help="End a run nobody will resume.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why it is closed.")] = None,
    output: options.Output = "table",
    output_file: options.OutputFile = None,
) -> int:
    """List past runs, or show one."""
    check_form(output)
    if close is not None:
        if not reason:
            raise UsageError("--close needs --reason TEXT", advice="say why nobody will resume the run")
        document = past.close(folder, close, reason, now_utc)
    else:
        document = past.run(folder) if run is None else past.show(folder, run)
    document["asked"] = _runs(folder)
    table = tables.runs(document) if "runs" in document else tables.run(document)
    emit(document, table, output, output_file)
    return 0


def _ask(report: PlanReport) -> PlanReport | None:
    """The operator's word on keepers and plan; None when it is no, or nobody can be asked."""
    if not may_ask():
        return None
    clusters = []
    for one in report.clusters:
        typed = ask_keeper(one.name, one.keeper) if one.keeper_is_open else None
        clusters.append(one.confirm_keeper(typed) if typed else one)
    answered = replace(report, clusters=tuple(clusters))
    tables.show(tables.plan(planning.document(answered)), sys.stderr)
    return answered if confirm_plan(answered.ready) else None


def _ask_to_go_on(found: tuple[Continuation, ...]) -> bool:
    if not may_ask():
        return False
    for one in found:
        typer.echo(f"{one.plan.name}: what is left", err=True)
        for step in one.plan.steps:
            typer.echo(f"  {step.node}  {step.action}  {step.command}", err=True)
    return said_yes("Go on with these steps? Calls drop while nodes restart")


def _runs(folder: Path) -> dict[str, list[str]]:
    return {"runs": [str(folder)]} if folder != Path("runs") else {}


def _keepers(given: list[str] | None) -> Mapping[str, str]:
    pairs = {}
    for text in given or ():
        cluster, separator, node = text.partition("=")
        if not (cluster and separator and node):
            raise UsageError(f"--keeper {text}: not CLUSTER=NODE", advice="for example --keeper london=cms-1")
        pairs[cluster] = node
    return pairs


def _check_names(names: str) -> None:
    if names not in (VERSIONED, SAME):
        raise UsageError(f"--names {names}: no such choice", advice=f"choose {VERSIONED} or {SAME}")
