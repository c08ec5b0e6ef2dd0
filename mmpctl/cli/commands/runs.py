"""The command about past runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from mmpctl import exit_codes as codes
from mmpctl.cli import options
from mmpctl.cli.prompts import may_ask
from mmpctl.cli.prompts import yes as said_yes
from mmpctl.cli.selection import FORMS, HTML, check_form, emit, emit_text
from mmpctl.errors import RefusedError, UsageError
from mmpctl.evidence import report as reports
from mmpctl.evidence import verify_run as verifying
from mmpctl.renewal.context import now_utc
from mmpctl.reports import tables
from mmpctl.reports.sanitize import harmless
from mmpctl.runbooks import run_backups
from mmpctl.runbooks import runs as past
from mmpctl.runs.folder import find


def runs(
    run: options.Run = None,
    folder: options.Runs = Path("runs"),
    close: Annotated[
        str | None, typer.Option("--close", metavar="RUN", help="Close a run that nobody will resume.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="With --close: why nobody will resume the run.")
    ] = None,
    backups: Annotated[
        bool, typer.Option("--backups", help="List the runs' backups on this machine, with age and size.")
    ] = False,
    purge_backups: Annotated[
        str | None,
        typer.Option("--purge-backups", metavar="RUN", help="Delete the backups of a run that has ended; asks first."),
    ] = None,
    yes: options.Yes = False,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Check that the run's folder is unchanged; exit code 0 if that is proved, else 8."
        ),
    ] = False,
    allowed_signers: Annotated[
        Path | None,
        typer.Option("--allowed-signers", metavar="FILE", help="With --verify: who may have signed the report."),
    ] = None,
    sign: Annotated[
        Path | None, typer.Option("--sign", metavar="KEYFILE", help="Sign the run's report with this SSH key.")
    ] = None,
    output: options.RunsOutput = "table",
    output_file: options.OutputFile = None,
) -> int:
    """List past runs, or show one.

    With RUN: its steps and its evidence.
    """
    check_form(output, (*FORMS, HTML))
    if verify or sign is not None or allowed_signers is not None:
        return _proved(run, folder, verify, allowed_signers, sign, output, output_file)
    if backups or purge_backups is not None:
        return _backups(folder, purge_backups, yes, output, output_file)
    if output == HTML:
        if run is None or close is not None:
            raise UsageError(f"-o {HTML} shows one run only", advice=f"Name the run: `mmpctl runs RUN -o {HTML}`.")
        emit_text(reports.page(find(folder, run), now_utc), output_file)
        return 0
    if close is not None:
        if not reason:
            raise UsageError("--close needs --reason TEXT", advice="Say why nobody will resume the run.")
        document = past.close(folder, close, reason, now_utc)
        problem = reports.rewrite_report(find(folder, close), now_utc)
        if problem:
            typer.echo(harmless(problem, lines=True), err=True)
    else:
        document = past.run(folder) if run is None else past.show(folder, run)
    document["asked"] = runs_asked(folder)
    table = tables.runs(document) if "runs" in document else tables.run(document)
    emit(document, table, output, output_file)
    return 0


def _backups(folder: Path, purge: str | None, yes: bool, output: str, output_file: Path | None) -> int:
    check_form(output)
    document = run_backups.run(folder, now_utc())
    if purge is not None:
        document = run_backups.one_run(folder, purge, now_utc())
        if not yes and may_ask():
            tables.show(tables.run_backups(document), sys.stderr)
            yes = said_yes("Delete these backups? Files on the nodes stay")
        if not yes:
            raise RefusedError(
                "not confirmed; nothing was deleted", code="purge", advice="Say yes on a terminal, or give --yes."
            )
        document = run_backups.purge(folder, purge, now_utc)
    document["asked"] = runs_asked(folder)
    emit(document, tables.run_backups(document), output, output_file)
    return 0


def _proved(
    run: str | None,
    folder: Path,
    verify: bool,
    allowed_signers: Path | None,
    sign: Path | None,
    output: str,
    output_file: Path | None,
) -> int:
    if run is None or output == HTML:
        raise UsageError("--verify and --sign need one run", advice="Name the run: `mmpctl runs RUN --verify`.")
    if allowed_signers is not None and not verify:
        raise UsageError(
            "--allowed-signers can only be used with --verify",
            advice="Add it: `mmpctl runs RUN --verify --allowed-signers FILE`.",
        )
    one = find(folder, run)
    document: dict[str, Any] = {"schema": 1, "command": "runs", "run": one.name, "asked": runs_asked(folder)}
    if sign is not None:
        document["signature"] = str(verifying.sign(one, sign))
    if verify:
        document |= verifying.document(verifying.verify(one, allowed_signers))
    emit(document, tables.run_checks(document), output, output_file)
    return codes.DONE if document.get("verified", True) else codes.UNVERIFIED


def runs_asked(folder: Path) -> dict[str, list[str]]:
    """Return the option for the folder of all runs, for the next command; none if it is the default."""
    return {"runs": [str(folder)]} if folder != Path("runs") else {}
