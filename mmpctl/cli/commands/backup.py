"""`mmpctl backup`: a backup of every node, on this machine and verified."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmpctl.cli.option_groups import grouped
from mmpctl.cli.result import TimedResult
from mmpctl.cli.selection import Selection
from mmpctl.cli.sites import Sites, required_folder, sites_of, tell_sites

if TYPE_CHECKING:
    from mmpctl.documents.backup import BackupDocument


@grouped
def backup(
    *,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", metavar="DIR", help="Folder for the backups; they contain private keys. With --engine: none."
        ),
    ] = None,
    selection: Selection,
    sites: Sites,
    keep: Annotated[
        int | None,
        typer.Option(
            "--keep",
            metavar="N",
            min=1,
            help="Delete older copies on this machine; keep the newest N good ones of each node.",
        ),
    ] = None,
    result: TimedResult,
) -> int:
    """Make a backup on every node, download it, and verify it.

    Nothing is ever deleted on a node. With --engine, each site keeps the backups of its nodes in its own folder.
    """
    from mmpctl import exit_codes as codes
    from mmpctl.reach import desk
    from mmpctl.reports.backup_table import backup as table
    from mmpctl.runbooks import backup as backing_up

    result.check()
    sites.check(to=to, keep=keep, workers=selection.workers, known_hosts=selection.known_hosts)
    if sites.engine is not None:
        report, answers = desk.backup(*sites_of(sites.engine, selection))
        document: BackupDocument = {**backing_up.document(report), "sites": tell_sites(answers)}
        # Of a site that was not seen, nothing is stopped on the way: it is asked again once it is back.
        code = codes.DIFFERENT if any(answer.error is not None for answer in answers) else report.code
    else:
        folder = required_folder("--to", to, "Name the folder for the backups.")
        report = backing_up.run(selection.nodes(), folder, keep=keep)
        document, code = backing_up.document(report), report.code
    result.emit(document, table(document))
    return code
