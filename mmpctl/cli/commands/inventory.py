"""`mmpctl inventory check`: the inventory itself, without a device."""

from __future__ import annotations

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
    help="Check the inventory itself.",
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
