"""`mmpctl site`: the program at a site, which a desk starts and speaks with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmpctl.cli import options
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.selection import DEFAULT_INVENTORY, Selection

if TYPE_CHECKING:
    from mmpctl.reach.answer_lines import Hello


@dataclass(frozen=True, slots=True)
class Folders:
    """What a site has of its own.

    Args:
        backups: the folder of its backups.
        keep: so many good ones of each node are kept.
        certs: the folder of its new certificates.
        runs: the folder of its runs.
    """

    backups: Annotated[
        Path | None,
        typer.Option(
            "--backups", metavar="DIR", help="Folder of the site's backups; audits report nodes whose last one is old."
        ),
    ] = None
    keep: Annotated[
        int | None,
        typer.Option("--keep", metavar="N", min=1, help="With --backups: keep the newest N good ones of each node."),
    ] = None
    certs: Annotated[
        Path | None,
        typer.Option("--certs", metavar="DIR", help="Folder of the site's new certificates and keys, for plans."),
    ] = None
    runs: options.Runs = options.RUNS


@grouped
def site(
    *,
    name: Annotated[
        str | None,
        typer.Option("--site", metavar="SITE", help="Which site this is, if the inventory has nodes of several."),
    ] = None,
    inventory: options.Inventory = DEFAULT_INVENTORY,
    known_hosts: options.KnownHosts = None,
    ssh_config: options.SshConfig = None,
    workers: options.Workers = None,
    processes: options.Processes = None,
    folders: Folders,
) -> int:
    """Serve one request from standard input; for `mmpctl --engine`.

    Reads one line of JSON, and answers with lines of JSON. It takes names from the desk, never paths or secrets: the
    inventory, host keys and credentials are those of this machine.
    """
    from mmpctl.cli.own_streams import own_streams
    from mmpctl.reach.conversation import Conversation, Work
    from mmpctl.reach.site_inventory import name_of_site
    from mmpctl.reach.site_work import Site

    selection = Selection(inventory, known_hosts=known_hosts, ssh_config=ssh_config, workers=workers)

    def begin() -> tuple[Hello, Work]:
        nodes, everybody = selection.among(devices=False)
        here = Site(
            name_of_site(name, everybody), nodes, folders.runs, folders.backups, folders.keep, folders.certs, processes
        )
        return here.hello(), here.work

    with own_streams() as (source, sink):
        return Conversation(source, sink).hold(begin)
