"""`mmpctl inventory check` and `split`: the inventory itself, without a device."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmpctl.cli import options
from mmpctl.cli.arguments import Command, Group
from mmpctl.cli.guide import epilog
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.result import Result
from mmpctl.cli.selection import DEFAULT_INVENTORY, Selection

app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Check the inventory itself, or split it by sites.",
    epilog=epilog("inventory"),
)


@app.command("check", cls=Command, epilog=epilog("inventory check"))
@grouped
def check(*, inventory: options.Inventory = DEFAULT_INVENTORY, result: Result) -> int:
    """Check the inventory without touching a device."""
    from mmpctl.reports.inventory_table import inventory as table
    from mmpctl.runbooks import inventory_check as checking

    result.check()
    nodes = Selection(inventory).nodes(devices=False)
    document = checking.run(nodes, inventory)
    result.emit(document, table(document))
    return 0


@app.command("split", cls=Command, epilog=epilog("inventory split"))
@grouped
def split(
    *,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder that gets a folder for each site.")],
    site: Annotated[
        list[str] | None, typer.Option("--site", metavar="SITE", help="Only this site (repeatable), and not the desk.")
    ] = None,
    inventory: options.Inventory = DEFAULT_INVENTORY,
    result: Result,
) -> int:
    """Make an inventory for each site, and one for the desk.

    A site gets its nodes as they are written, with all of their clusters. The desk gets names, sites, clusters, roles
    and addresses, and nothing else. Nothing is overwritten.
    """
    from mmpctl.reach.sites import split_inventory
    from mmpctl.reports.sites.split_table import split as table

    result.check()
    document = split_inventory.split(Selection(inventory).nodes(devices=False), inventory, to, site or ())
    result.emit(document, table(document))
    return 0
