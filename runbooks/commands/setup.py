"""Commands that make the rest possible: init, inventory check, trust."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mmpctl.inventory.known_hosts import known_hosts_of
from mmpctl.reports import tables
from mmpctl.runbooks import check as checking
from mmpctl.runbooks import init as beginning
from mmpctl.runbooks import options
from mmpctl.runbooks import trust as trusting
from mmpctl.runbooks.ask import may_ask, yes
from mmpctl.runbooks.commands.fleet import Selection, check_form, emit
from mmpctl.runbooks.commands.guide import epilog

inventory_app = typer.Typer(no_args_is_help=True, help="Check the inventory itself.", epilog=epilog("inventory"))


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Made when it is not there.")],
    output: options.Output = "table",
    output_file: options.OutputFile = None,
) -> int:
    """Make a folder to begin with: inventory, .gitignore, README.

    The inventory has comments and examples to replace. Never overwrites a file.
    """
    check_form(output)
    document = beginning.run(folder)
    emit(document, tables.init(document), output, output_file)
    return 0


@inventory_app.command("check", epilog=epilog("inventory check"))
def check(
    inventory: options.Inventory = Path("inventory"),
    output: options.Output = "table",
    output_file: options.OutputFile = None,
) -> int:
    """Check the inventory without touching a device."""
    check_form(output)
    nodes = Selection(inventory).nodes(devices=False)
    document = checking.run(nodes, inventory)
    emit(document, tables.inventory(document), output, output_file)
    return 0


def trust(
    inventory: options.Inventory = Path("inventory"),
    site: options.Sites = None,
    cluster: options.Clusters = None,
    role: options.Roles = None,
    host: options.Hosts = None,
    filters: options.Filters = None,
    known_hosts: options.KnownHosts = None,
    ssh_config: options.SshConfig = None,
    workers: options.Workers = None,
    yes_option: options.Yes = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace keys that have changed; find out first why they did.")
    ] = False,
    output: options.Output = "table",
    output_file: options.OutputFile = None,
) -> int:
    """Collect the nodes' host keys, show them, and record them."""
    check_form(output)
    selection = Selection(inventory, known_hosts, workers, site, cluster, role, host, filters, ssh_config)
    nodes = selection.nodes(devices=False)
    report = trusting.collect(nodes, known_hosts_of(nodes))
    if report.writable(replace):
        confirmed = yes_option
        if not yes_option and may_ask():
            tables.show(tables.trust(trusting.document(report)), sys.stderr)
            confirmed = yes("Are these the nodes' own keys? Record them")
        if confirmed:
            report = trusting.record(report, replace)
    document = {**trusting.document(report), "asked": selection.asked()}
    emit(document, tables.trust(document), output, output_file)
    return report.code(replace)
