"""`mmpctl runs`: past runs, their steps, evidence, backups and proofs."""

from __future__ import annotations

import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmpctl.cli import options
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.renewal_options import runs_asked
from mmpctl.cli.result import FORMS, HTML, RunsResult, emit_text
from mmpctl.cli.sites import ReachedSites
from mmpctl.errors import RefusedError, UsageError
from mmpctl.reports.sanitize import harmless
from mmpctl.times import now_utc

if TYPE_CHECKING:
    from mmpctl.documents.runs import ProofDocument


@dataclass(frozen=True, slots=True)
class SitesOfRuns(ReachedSites):
    """The sites whose runs are told.

    Args:
        site: only these; None for all.
    """

    site: Annotated[
        list[str] | None, typer.Option("--site", metavar="SITE", help="With --engine: only of this site (repeatable).")
    ] = None


@dataclass(frozen=True, slots=True)
class Closing:
    """The end of a run that nobody will resume.

    Args:
        close: the run.
        reason: why nobody will resume it.
    """

    close: Annotated[
        str | None, typer.Option("--close", metavar="RUN", help="Close a run that nobody will resume.")
    ] = None
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="With --close: why nobody will resume the run.")
    ] = None


@dataclass(frozen=True, slots=True)
class Backups:
    """The runs' backups on this machine.

    Args:
        backups: list them.
        purge_backups: the run whose backups are deleted.
        yes: nobody is asked.
    """

    backups: Annotated[
        bool, typer.Option("--backups", help="List the runs' backups on this machine, with age and size.")
    ] = False
    purge_backups: Annotated[
        str | None,
        typer.Option("--purge-backups", metavar="RUN", help="Delete the backups of a run that has ended; asks first."),
    ] = None
    yes: options.Yes = False

    @property
    def wanted(self) -> bool:
        """The command is about them."""
        return self.backups or self.purge_backups is not None


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves that a run's folder is unchanged.

    Args:
        verify: check it.
        allowed_signers: file of those who may have signed.
        sign: the SSH key to sign with.
    """

    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Check that the run's folder is unchanged; exit code 0 if that is proved, else 8."
        ),
    ] = False
    allowed_signers: Annotated[
        Path | None,
        typer.Option("--allowed-signers", metavar="FILE", help="With --verify: who may have signed the report."),
    ] = None
    sign: Annotated[
        Path | None, typer.Option("--sign", metavar="KEYFILE", help="Sign the run's report with this SSH key.")
    ] = None

    @property
    def wanted(self) -> bool:
        """The command is about it."""
        return self.verify or self.sign is not None or self.allowed_signers is not None


@grouped
def runs(
    *,
    run: options.Run = None,
    folder: options.Runs = options.RUNS,
    sites: SitesOfRuns,
    closing: Closing,
    backups: Backups,
    proof: Proof,
    result: RunsResult,
) -> int:
    """List past runs, or show one.

    With RUN: its steps and its evidence. With --engine: the runs of all sites, which stay there.
    """
    from mmpctl.evidence import report as reports
    from mmpctl.reports import tables
    from mmpctl.runbooks import runs as past
    from mmpctl.runs.runs_folder import find

    result.check((*FORMS, HTML))
    sites.check(
        runs=folder if folder != options.RUNS else None,
        close=closing.close,
        backups=backups.backups or None,
        purge_backups=backups.purge_backups,
        verify=proof.verify or None,
        sign=proof.sign,
        allowed_signers=proof.allowed_signers,
    )
    if sites.engine is not None:
        return _at_sites(sites.engine, sites.ssh_config, run, sites.site or (), result)
    if sites.site:
        raise UsageError(
            "--site needs --engine", advice="Add --engine SITES.yaml; the runs in this folder are of one place."
        )
    if proof.wanted:
        return _proved(run, folder, proof, result)
    if backups.wanted:
        return _backups(folder, backups, result)
    if result.output == HTML:
        if run is None or closing.close is not None:
            raise UsageError(f"-o {HTML} shows one run only", advice=f"Name the run: `mmpctl runs RUN -o {HTML}`.")
        emit_text(reports.page(find(folder, run), now_utc), result.output_file)
        return 0
    if closing.close is not None:
        if not closing.reason:
            raise UsageError("--close needs --reason TEXT", advice="Say why nobody will resume the run.")
        document = past.close(folder, closing.close, closing.reason, now_utc)
        problem = reports.rewrite_report(find(folder, closing.close), now_utc)
        if problem:
            typer.echo(harmless(problem, lines=True), err=True)
    elif run is not None:
        document = past.show(folder, run)
    else:
        every = past.run(folder)
        every["asked"] = runs_asked(folder)
        result.emit(every, tables.runs(every))
        return 0
    document["asked"] = runs_asked(folder)
    result.emit(document, tables.run(document))
    return 0


def _at_sites(file: Path, ssh_config: Path | None, run: str | None, only: Collection[str], result: RunsResult) -> int:
    from mmpctl import exit_codes as codes
    from mmpctl.cli.sites import engine_of, sites_in, tell_asked, tell_sites
    from mmpctl.documents.runs import RunDocument, RunsDocument
    from mmpctl.reach.sites import sites_runs
    from mmpctl.reach.sites.sites_check import chosen
    from mmpctl.reports import tables

    if result.output == HTML:
        raise UsageError(
            f"-o {HTML} shows a run out of its folder, which is at its site",
            advice=f"Give `mmpctl runs RUN -o {HTML}` at the site itself, or leave out -o {HTML} here.",
        )
    result.check()
    sites = chosen(sites_in(file), only)
    engine = engine_of(ssh_config)
    tell_asked(engine, [site.name for site in sites])
    asked = {"engine": [str(file)]}
    if run is None:
        every, answers = sites_runs.runs(engine, sites)
        listed: RunsDocument = {**every, "asked": asked, "sites": tell_sites(answers)}
        result.emit(listed, tables.runs(listed))
    else:
        one, answers = sites_runs.run(engine, sites, run)
        shown: RunDocument = {**one, "asked": asked, "sites": tell_sites(answers)}
        result.emit(shown, tables.run(shown))
    return codes.DIFFERENT if any(answer.error is not None for answer in answers) else codes.DONE


def _backups(folder: Path, wanted: Backups, result: RunsResult) -> int:
    from mmpctl.cli.prompts import may_ask
    from mmpctl.cli.prompts import yes as said_yes
    from mmpctl.reports import tables
    from mmpctl.runbooks import run_backups

    result.check()
    document = run_backups.run(folder, now_utc())
    purge, confirmed = wanted.purge_backups, wanted.yes
    if purge is not None:
        document = run_backups.one_run(folder, purge, now_utc())
        if not confirmed and may_ask():
            tables.show(tables.run_backups(document), sys.stderr)
            if not said_yes("Delete these backups? Files on the nodes stay"):
                raise RefusedError("you did not say yes; nothing was deleted", code="purge")
        elif not confirmed:
            raise RefusedError(
                "not confirmed; nothing was deleted", code="purge", advice="Say yes on a terminal, or give --yes."
            )
        document = run_backups.purge(folder, purge, now_utc)
    document["asked"] = runs_asked(folder)
    result.emit(document, tables.run_backups(document))
    return 0


def _proved(run: str | None, folder: Path, proof: Proof, result: RunsResult) -> int:
    from mmpctl import exit_codes as codes
    from mmpctl.evidence import verify_run as verifying
    from mmpctl.reports import tables
    from mmpctl.runs.runs_folder import find

    if run is None or result.output == HTML:
        raise UsageError("--verify and --sign need one run", advice="Name the run: `mmpctl runs RUN --verify`.")
    if proof.allowed_signers is not None and not proof.verify:
        raise UsageError(
            "--allowed-signers can only be used with --verify",
            advice="Add it: `mmpctl runs RUN --verify --allowed-signers FILE`.",
        )
    one = find(folder, run)
    document: ProofDocument = {"schema": 1, "command": "runs", "run": one.name, "asked": runs_asked(folder)}
    if proof.sign is not None:
        document["signature"] = str(verifying.sign(one, proof.sign))
    if proof.verify:
        checked = verifying.document(verifying.verify(one, proof.allowed_signers))
        document["verified"], document["checks"] = checked["verified"], checked["checks"]
    result.emit(document, tables.run_checks(document))
    return codes.DONE if document.get("verified", True) else codes.UNVERIFIED
