"""Commands that make the rest possible: init, inventory check, trust."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mmpctl.cli import options
from mmpctl.cli.guide import epilog
from mmpctl.cli.prompts import may_ask, yes
from mmpctl.cli.selection import Selection, check_form, emit
from mmpctl.inventory.known_hosts_file import known_hosts_of
from mmpctl.reports import tables
from mmpctl.reports.output import is_terminal
from mmpctl.runbooks import check as checking
from mmpctl.runbooks import init as beginning
from mmpctl.runbooks import trust as trusting
from mmpctl.runbooks.expected_keys import read_expected

inventory_app = typer.Typer(no_args_is_help=True, help="Check the inventory itself.", epilog=epilog("inventory"))


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder to write into; it is made if it does not exist.")
    ],
    output: options.Output = "table",
    output_file: options.OutputFile = None,
) -> int:
    """Make a folder to start with: inventory, .gitignore, README.

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
        bool, typer.Option("--replace", help="Replace keys that have changed. First find out why they have changed.")
    ] = False,
    expect: Annotated[
        Path | None,
        typer.Option(
            "--expect",
            metavar="FILE",
            help="Compare the keys with fingerprints from another source (lines such as `cms1 SHA256:…`); record "
            "only keys that match.",
        ),
    ] = None,
    output: options.Output = "table",
    output_file: options.OutputFile = None,
) -> int:
    """Collect the nodes' host keys, show them, and record them."""
    check_form(output)
    selection = Selection(inventory, known_hosts, workers, site, cluster, role, host, filters, ssh_config)
    asked = {**selection.asked(), **selection.chosen(), **({"expect": [str(expect)]} if expect else {})}
    expected = read_expected(expect) if expect else None
    nodes = selection.nodes(devices=False)
    report = trusting.collect(nodes, known_hosts_of(nodes), expected)
    shown = False
    if report.writable(replace):
        confirmed = yes_option
        if not yes_option and may_ask():
            document = {**trusting.document(report), "asked": asked}
            tables.show(tables.trust_keys(document), sys.stderr)
            names = ", ".join(one.node.name for one in report.writable(replace))
            confirmed = yes(
                f"Record the keys of {names}? First compare each fingerprint with the one on the node's console"
            )
            shown = is_terminal(sys.stdout)
        if confirmed:
            report = trusting.record(report, replace)
    document = {**trusting.document(report), "asked": asked}
    # What was shown with the question is not shown once more on the same screen.
    table = tables.trust_outcome(document) if shown and output_file is None else tables.trust(document)
    emit(document, table, output, output_file)
    return report.code()
