"""`mmpctl engine`: whether the sites that `--engine` asks can be asked, and what a broker needs for that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmpctl.cli import options
from mmpctl.cli.arguments import Command, Group
from mmpctl.cli.guide import epilog
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.result import CONF, FORMS, DefinitionsResult, Result, emit_text
from mmpctl.cli.selection import DEFAULT_INVENTORY, Selection

if TYPE_CHECKING:
    from mmpctl.documents.sites.engine_check import EngineCheckDocument

app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Check the sites that `--engine` asks, or set up their broker.",
    epilog=epilog("engine"),
)


@app.command("check", cls=Command, epilog=epilog("engine check"))
@grouped
def check(
    *,
    engine: options.Engine = Path("sites.yaml"),
    site: Annotated[
        list[str] | None, typer.Option("--site", metavar="SITE", help="Only this site (repeatable).")
    ] = None,
    inventory: options.Inventory = DEFAULT_INVENTORY,
    ssh_config: options.SshConfig = None,
    result: Result,
) -> int:
    """Check that every site answers and can do its work.

    Shows the address, the version, the clock and the inventory of each site, what it may be asked for, and what would
    be in the way, such as a password or a host key that it lacks. No node is asked for anything.
    """
    from mmpctl.cli.sites import engine_of, sites_in, tell_asked
    from mmpctl.inventory.load import load
    from mmpctl.inventory.nodes import nodes_of
    from mmpctl.reach.sites import sites_check
    from mmpctl.reports import tables

    result.check()
    file = engine or Path("sites.yaml")
    sites = sites_in(file)
    everybody = nodes_of(load(inventory))
    carrier = engine_of(ssh_config)
    tell_asked(carrier, [one.name for one in sites_check.chosen(sites, site or ())])
    found = sites_check.check(carrier, sites, everybody, site or ())
    asked = {**Selection(inventory, ssh_config=ssh_config).asked(), "engine": [str(file)]}
    document: EngineCheckDocument = {**found.document(), "asked": asked}
    result.emit(document, tables.engine_check(document))
    return found.code


@app.command("definitions", cls=Command, epilog=epilog("engine definitions"))
@grouped
def definitions(
    *,
    engine: Annotated[
        Path, typer.Option("--engine", "--sites", metavar="SITES.yaml", help="The file of sites.")
    ] = Path("sites.yaml"),
    desk: Annotated[
        list[str], typer.Option("--desk", metavar="NAME", help="A desk that may ask the sites (repeatable).")
    ],
    site: Annotated[
        list[str] | None, typer.Option("--site", metavar="SITE", help="Only this site (repeatable).")
    ] = None,
    result: DefinitionsResult,
) -> int:
    """Show what the owner of a RabbitMQ broker needs for the sites that are reached over it.

    These are users, rights, exchanges, queues, bindings and policies as a file that RabbitMQ imports, and its
    configuration. There is no password in it: everybody shows a certificate. Nobody is asked for anything.
    """
    from mmpctl.reach.broker.owner_setup import owner_setup
    from mmpctl.reach.sites_file import read_sites
    from mmpctl.reports import tables

    result.check((*FORMS, CONF))
    document = owner_setup(read_sites(engine), desk, site or ())
    if result.output == CONF:
        emit_text("".join(f"{line}\n" for line in document["rabbitmq_conf"]), result.output_file)
    else:
        result.emit(document, tables.engine_definitions(document))
    return 0
