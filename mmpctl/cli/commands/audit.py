"""`mmpctl audit`: every certificate of the fleet, in as many forms as are wanted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mmpctl import exit_codes as codes
from mmpctl.audit.document import document as audit_document
from mmpctl.audit.progress import AuditProgress
from mmpctl.certificates.fitness import DUE_DAYS
from mmpctl.cli import options
from mmpctl.cli.audit_outputs import SUFFIXES, Delivery
from mmpctl.cli.error_messages import tell
from mmpctl.cli.selection import Selection
from mmpctl.errors import UsageError
from mmpctl.runbooks import audit as auditing

Outputs = Annotated[
    list[str] | None,
    typer.Option(
        "--output", "-o", metavar="|".join(SUFFIXES), help="Form of the result (repeatable).  [default: table]"
    ),
]


def audit(
    inventory: options.Inventory = Path("inventory"),
    site: options.Sites = None,
    cluster: options.Clusters = None,
    role: options.Roles = None,
    host: options.Hosts = None,
    filters: options.Filters = None,
    known_hosts: options.KnownHosts = None,
    ssh_config: options.SshConfig = None,
    workers: options.Workers = None,
    due: Annotated[
        int,
        typer.Option(
            "--due",
            metavar="DAYS",
            min=0,
            help="Certificates that expire within so many days are due, but none before the last third of its life.",
        ),
    ] = DUE_DAYS,
    probe: Annotated[
        bool,
        typer.Option(
            "--probe",
            help="Also connect to the databases' port, without login, and compare the certificates that they present.",
        ),
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Show everything in the table, in order or not; the other formats always do.")
    ] = False,
    backups: Annotated[
        Path | None,
        typer.Option(
            "--backups",
            metavar="DIR",
            help="Folder of `mmpctl backup --to`; report nodes whose last good backup there is old.",
        ),
    ] = None,
    backup_days: Annotated[
        int,
        typer.Option(
            "--backup-days", metavar="DAYS", min=0, help="With --backups: how old the last good backup may be."
        ),
    ] = auditing.BACKUP_DAYS,
    output: Outputs = None,
    output_file: options.OutputFile = None,
    output_dir: Annotated[
        Path | None,
        typer.Option(
            "--output-dir", metavar="DIR", help="Write each format into this folder, as audit.json and so on."
        ),
    ] = None,
    history: Annotated[
        str | None,
        typer.Option(
            "--history",
            metavar="FILE",
            help="Keep this audit in a file, at a database URL, or at the URL that @FILE contains.",
        ),
    ] = None,
    nagios: Annotated[
        bool, typer.Option("--nagios", help="Answer as a Nagios plugin: one line, exit code 0 to 3.")
    ] = False,
) -> int:
    """Report all certificates, their use and when they expire.

    Reads the selected nodes only, and changes nothing.
    """
    delivery = Delivery(tuple(dict.fromkeys(output or ())), output_file, output_dir, history, nagios, everything)
    delivery.check()
    if backups is not None and not backups.is_dir():
        raise UsageError(
            f"--backups {backups}: there is no such folder", advice="Name the folder of `mmpctl backup --to`."
        )
    selection = Selection(inventory, known_hosts, workers, site, cluster, role, host, filters, ssh_config)
    nodes, everybody = selection.among()
    progress = AuditProgress(sys.stderr, len(nodes.inventory.hosts))
    try:
        with progress.shown():
            report = auditing.run(
                nodes,
                due_days=due,
                everybody=everybody,
                presented=probe,
                backups=backups,
                backup_days=backup_days,
                seen=progress.seen,
            )
    except KeyboardInterrupt:
        typer.echo(f"{progress.done} of {len(nodes.inventory.hosts)} nodes were checked; no report was made", err=True)
        raise
    document = {**audit_document(report), "asked": selection.asked(), "selection": selection.chosen()}
    answer = delivery.deliver(document)
    for failure in delivery.failures:
        tell(failure)
    if answer is not None:
        return answer
    return codes.UNEXPECTED if delivery.failures else report.code
