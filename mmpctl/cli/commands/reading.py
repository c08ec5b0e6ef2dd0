"""Commands that only look: status, parse; and backup, which changes no cluster."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from mmpctl.cli import options, status_picture
from mmpctl.cli.selection import Selection, check_form, emit
from mmpctl.errors import ParseError, UsageError
from mmpctl.reports import tables
from mmpctl.runbooks import backup as backing_up
from mmpctl.runbooks import parse as parsing
from mmpctl.runbooks import status as looking
from mmpctl.runbooks.runs import begun


def status(
    inventory: options.Inventory = Path("inventory"),
    site: options.Sites = None,
    cluster: options.Clusters = None,
    role: options.Roles = None,
    host: options.Hosts = None,
    filters: options.Filters = None,
    known_hosts: options.KnownHosts = None,
    ssh_config: options.SshConfig = None,
    workers: options.Workers = None,
    watch: Annotated[bool, typer.Option("--watch", help="Repeat the check until Ctrl-C.")] = False,
    interval: Annotated[
        float, typer.Option("--interval", metavar="SECONDS", min=1.0, help="Seconds between two checks.")
    ] = 10.0,
    output: options.Output = "table",
    output_file: options.OutputFile = None,
) -> int:
    """Show each cluster and its certificates, as nodes report them."""
    check_form(output)
    if watch and (output != "table" or output_file is not None):
        raise UsageError(
            "--watch cannot be combined with -o or --output-file",
            advice="Leave out -o and --output-file, or leave out --watch.",
        )
    selection = Selection(inventory, known_hosts, workers, site, cluster, role, host, filters, ssh_config)
    nodes, everybody = selection.among()
    if watch:
        return status_picture.watch(nodes, everybody, interval, selection.asked())
    report = looking.run(nodes, everybody=everybody)
    document = {**looking.document(report), "asked": selection.asked()}
    shown = {**document, "unfinished": begun(options.RUNS)}
    emit(document, tables.status(shown), output, output_file)
    return report.code


def backup(
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder for the backups; they contain private keys.")],
    inventory: options.Inventory = Path("inventory"),
    site: options.Sites = None,
    cluster: options.Clusters = None,
    role: options.Roles = None,
    host: options.Hosts = None,
    filters: options.Filters = None,
    known_hosts: options.KnownHosts = None,
    ssh_config: options.SshConfig = None,
    workers: options.Workers = None,
    keep: Annotated[
        int | None,
        typer.Option(
            "--keep",
            metavar="N",
            min=1,
            help="Delete older copies on this machine; keep the newest N good ones of each node.",
        ),
    ] = None,
    output: options.Output = "table",
    output_file: options.OutputFile = None,
) -> int:
    """Make a backup on every node, download it, and verify it.

    Nothing is ever deleted on a node.
    """
    check_form(output)
    selection = Selection(inventory, known_hosts, workers, site, cluster, role, host, filters, ssh_config)
    nodes = selection.nodes()
    report = backing_up.run(nodes, to, keep=keep)
    document = backing_up.document(report)
    emit(document, tables.backup(document), output, output_file)
    return report.code


def parse(
    command: Annotated[
        str,
        typer.Argument(metavar="COMMAND", help='Command of the device, for example "database cluster status".'),
    ],
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="File with the command's output; standard input by default."),
    ] = None,
) -> int:
    """Turn a device's output into JSON, offline."""
    try:
        text = sys.stdin.read() if file is None else file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}", advice="Name a file with the output of the command.") from error
    try:
        document = parsing.run(command, text)
    except ParseError as error:
        raise UsageError(error.message, code="parse", advice=error.advice) from error
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    return 0
