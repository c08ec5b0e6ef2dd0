"""`mmpctl audit`: every certificate of the fleet, in as many forms as are wanted."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmpctl.cli import options
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.result import AUDIT_FORMS, tell_timing
from mmpctl.cli.selection import Selection
from mmpctl.cli.sites import Sites, sites_of, tell_sites
from mmpctl.defaults import BACKUP_DAYS, DUE_DAYS
from mmpctl.errors import UsageError
from mmpctl.timing import RECORDER, Phase

if TYPE_CHECKING:
    from mmpctl.audit.model import NodeAudit
    from mmpctl.audit.scope import Scope
    from mmpctl.cli.audit_outputs import Delivery
    from mmpctl.documents.audit import KeptAuditDocument
    from mmpctl.reach.engine import Answer


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is looked at besides, and what counts as due.

    Args:
        due: days before its end from which a certificate is due.
        probe: connect to the databases' port as well.
        thorough: let the nodes inspect every file and match every key.
        backups: folder of the backups that are looked at.
        backup_days: how old the last good one may be.
    """

    due: Annotated[
        int,
        typer.Option(
            "--due",
            metavar="DAYS",
            min=0,
            help="Certificates that expire within so many days are due, but none before the last third of its life.",
        ),
    ] = DUE_DAYS
    probe: Annotated[
        bool,
        typer.Option(
            "--probe",
            help="Also connect to the databases' port, without login, and compare the certificates that they present.",
        ),
    ] = False
    thorough: Annotated[
        bool,
        typer.Option(
            "--thorough",
            help="Let each node inspect all files and match all keys too, not only where something is odd.",
        ),
    ] = False
    backups: Annotated[
        Path | None,
        typer.Option(
            "--backups",
            metavar="DIR",
            help="Folder of `mmpctl backup --to`; report nodes whose last good backup there is old.",
        ),
    ] = None
    backup_days: Annotated[
        int,
        typer.Option(
            "--backup-days", metavar="DAYS", min=0, help="With --backups: how old the last good backup may be."
        ),
    ] = BACKUP_DAYS

    def chosen(self) -> dict[str, list[str]]:
        """Return what decides what is found, for comparing like with like; empty for what is usual."""
        return {"thorough": ["yes"]} if self.thorough else {}

    def check(self) -> None:
        """Refuse what cannot be looked at, before any node is asked.

        Raises:
            UsageError: there is no such folder.
        """
        if self.backups is not None and not self.backups.is_dir():
            raise UsageError(
                f"--backups {self.backups}: there is no such folder", advice="Name the folder of `mmpctl backup --to`."
            )

    def scope(self) -> Scope:
        """Return the same for sites, with the present time; each has a folder of backups of its own."""
        from mmpctl.audit.scope import Scope
        from mmpctl.times import now_utc

        return Scope(now_utc(), self.due, self.probe, self.thorough, backup_days=self.backup_days)


@dataclass(frozen=True, slots=True)
class Results:
    """The forms of the audit, and where each goes.

    Args:
        everything: the table shows what is in order too.
        output: the forms; None for a table.
        output_file: where the only form goes, in place of standard output.
        output_dir: where all forms go.
        page_by_site: each site has a page of its own.
        history: where audits are kept.
        nagios: standard output gets a plugin's answer.
        timing: tell what the time was spent on.
    """

    everything: Annotated[
        bool, typer.Option("--all", help="Show everything in the table, in order or not; the other formats always do.")
    ] = False
    output: Annotated[
        list[str] | None,
        typer.Option(
            "--output", "-o", metavar="|".join(AUDIT_FORMS), help="Form of the result (repeatable).  [default: table]"
        ),
    ] = None
    output_file: options.OutputFile = None
    output_dir: Annotated[
        Path | None,
        typer.Option(
            "--output-dir", metavar="DIR", help="Write each format into this folder, as audit.json and so on."
        ),
    ] = None
    page_by_site: Annotated[
        bool,
        typer.Option(
            "--page-by-site",
            help="With -o html: write a page for each site into --output-dir too; audit.html then leads to them.",
        ),
    ] = False
    history: Annotated[
        str | None,
        typer.Option(
            "--history",
            metavar="FILE",
            help="Keep this audit in a file, at a database URL, or at the URL that @FILE contains.",
        ),
    ] = None
    nagios: Annotated[bool, typer.Option("--nagios", help="Answer as a Nagios plugin: one line, exit code 0 to 3.")] = (
        False
    )
    timing: options.Timing = False

    def delivery(self) -> Delivery:
        """Return the same as it is carried out."""
        from mmpctl.cli.audit_outputs import Delivery

        return Delivery(
            tuple(dict.fromkeys(self.output or ())),
            self.output_file,
            self.output_dir,
            self.history,
            self.nagios,
            self.everything,
            self.page_by_site,
        )


@grouped
def audit(
    *,
    selection: Selection,
    sites: Sites,
    processes: options.Processes = None,
    judgement: Judgement,
    results: Results,
) -> int:
    """Report all certificates, their use and when they expire.

    Reads the selected nodes only, and changes nothing.
    """
    from mmpctl import exit_codes as codes
    from mmpctl.audit.document import document as audit_document
    from mmpctl.cli.error_messages import tell
    from mmpctl.reach import desk
    from mmpctl.runbooks import audit as auditing

    delivery = results.delivery()
    delivery.check()
    sites.check(
        processes=processes, workers=selection.workers, known_hosts=selection.known_hosts, backups=judgement.backups
    )
    judgement.check()
    answers: list[Answer] = []
    if sites.engine is not None:
        engine, selected = sites_of(sites.engine, selection)
        with _progress(len(selected.nodes)) as seen:
            report, answers = desk.audit(engine, selected, judgement.scope(), seen)
    else:
        nodes, everybody = selection.among()
        with _progress(len(nodes.inventory.hosts)) as seen:
            report = auditing.run(
                nodes,
                due_days=judgement.due,
                everybody=everybody,
                presented=judgement.probe,
                thorough=judgement.thorough,
                backups=judgement.backups,
                backup_days=judgement.backup_days,
                processes=processes,
                seen=seen,
            )
    document: KeptAuditDocument = {
        **audit_document(report),
        "asked": {**selection.asked(), **sites.asked()},
        "selection": {**selection.chosen(), **judgement.chosen()},
    }
    if sites.engine is not None:
        document["sites"] = tell_sites(answers)
    code = report.code
    # The document has all of it; of ten thousand nodes, either takes a hundred megabytes.
    del report
    with RECORDER.spent_on(Phase.REPORT):
        answer = delivery.deliver(document)
    tell_timing(results.timing)
    for failure in delivery.failures:
        tell(failure)
    if answer is not None:
        return answer
    return codes.UNEXPECTED if delivery.failures else code


@contextmanager
def _progress(nodes: int) -> Iterator[Callable[[NodeAudit], None]]:
    """Show how far the audit is, and if it is ended, how far it was."""
    from mmpctl.audit.progress import AuditProgress

    progress = AuditProgress(sys.stderr, nodes)
    try:
        with progress.shown():
            yield progress.seen
    except KeyboardInterrupt:
        typer.echo(f"{progress.done} of {nodes} nodes were checked; no report was made", err=True)
        raise
