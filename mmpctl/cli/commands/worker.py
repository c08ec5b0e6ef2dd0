"""`mmpctl worker`: the program at a site that can only dial out; it takes requests of desks from a broker."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mmpctl.cli.extras import require
from mmpctl.reports.sanitize import harmless
from mmpctl.reports.streams import send

_AT_ONCE = 8


def worker(
    program: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[-- PROGRAM WORDS]",
            help="What serves the site, after `--`; `mmpctl site --site SITE` by default.",
            show_default=False,
        ),
    ] = None,
    *,
    site: Annotated[str, typer.Option("--site", metavar="SITE", help="Which site this is.")],
    broker: Annotated[
        str, typer.Option("--broker", metavar="ADDRESS", help="Where requests come from: amqps://host[:port]/vhost.")
    ],
    broker_files: Annotated[
        Path,
        typer.Option(
            "--broker-files",
            metavar="DIR",
            help="Folder with ca.pem, cert.pem and key.pem of this site, for the broker.",
        ),
    ] = Path("broker"),
    at_once: Annotated[
        int, typer.Option("--at-once", metavar="N", min=1, max=100, help="How many requests are served at a time.")
    ] = _AT_ONCE,
) -> int:
    """Serve requests from a broker; for sites that only dial out.

    Starts the site's program for each request, and passes its lines on. SIGTERM ends it once the requests that it
    carries are served, SIGQUIT at once. Renewals that were begun go on by themselves.
    """
    require("reach", "worker")
    from mmpctl.environment import own_program
    from mmpctl.reach.address import read_broker_address
    from mmpctl.reach.broker.broker_files import read_broker_files
    from mmpctl.reach.broker.names import require_site
    from mmpctl.reach.broker.site_worker import WorkerPlace, serve

    def tell(text: str) -> None:
        send(harmless(f"worker of {site}: {text}") + "\n", sys.stderr)

    address = read_broker_address(broker, broker_files.absolute())
    command = program or [*own_program(), "site", "--site", site]
    return serve(WorkerPlace(require_site(site), address, read_broker_files(address.files), command, at_once), tell)
