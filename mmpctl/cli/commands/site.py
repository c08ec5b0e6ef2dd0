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
    from nornir.core import Nornir

    from mmpctl.reach.answer_lines import Hello


@dataclass(frozen=True, slots=True)
class Folders:
    """What a site has of its own, and whether it works with it.

    Args:
        backups: the folder of its backups.
        keep: so many good ones of each node are kept.
        certs: the folder of its new certificates.
        runs: the folder of its runs.
        renews: renewals may be begun here.
        spent: the ticket that this process works on, if the program itself has started it.
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
        typer.Option("--certs", metavar="DIR", help="Folder of the site's new certificates, for plans and renewals."),
    ] = None
    runs: options.Runs = options.RUNS
    renews: Annotated[
        bool, typer.Option("--renews", help="Let the desk begin and resume renewals here; without it, it only looks.")
    ] = False
    spent: Annotated[str | None, typer.Option("--spent", hidden=True)] = None


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
    """Serve one request from standard input, as `--engine` sends it.

    Reads one line of JSON, and answers with lines of JSON. It takes names from the desk, never paths or secrets: the
    inventory, host keys and credentials are those of this machine.
    """
    from mmpctl.cli.own_streams import own_streams
    from mmpctl.reach.conversation import Conversation, Work
    from mmpctl.reach.site_inventory import name_of_site
    from mmpctl.reach.site_work import Site
    from mmpctl.reach.tickets.renewal_place import RenewalPlace

    selection = Selection(inventory, known_hosts=known_hosts, ssh_config=ssh_config, workers=workers)

    def loaded() -> tuple[str, Nornir, RenewalPlace]:
        nodes, everybody = selection.among(devices=False)
        known_as, runs = name_of_site(name, everybody), folders.runs.absolute()
        words = _words(known_as, selection, folders)
        place = RenewalPlace(known_as, nodes, inventory.absolute(), runs, folders.certs, folders.renews, words)
        return known_as, nodes, place

    def begin() -> tuple[Hello, Work]:
        known_as, nodes, place = loaded()
        here = Site(known_as, nodes, folders.runs, place, folders.backups, folders.keep, folders.certs, processes)
        return here.hello(), here.work

    if folders.spent is not None:
        from mmpctl.reach.tickets.ticket_work import carry_out

        return carry_out(loaded()[2], folders.spent)

    with own_streams() as (source, sink):
        return Conversation(source, sink).hold(begin)


def _words(name: str, selection: Selection, folders: Folders) -> tuple[str, ...]:
    """Return the command line by which a process of its own has the same inventory, host keys, files and runs."""
    paths = {
        "-i": selection.inventory,
        "--known-hosts": selection.known_hosts,
        "--ssh-config": selection.ssh_config,
        "--certs": folders.certs,
        "--runs": folders.runs,
    }
    given = [(option, str(path.absolute())) for option, path in paths.items() if path is not None]
    workers = [] if selection.workers is None else [("--workers", str(selection.workers))]
    return ("site", "--site", name, *(word for pair in [*given, *workers] for word in pair))
