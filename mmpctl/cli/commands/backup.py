"""`mmpctl backup`: a backup of every node, on this machine and verified."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmpctl.cli.option_groups import grouped
from mmpctl.cli.result import TimedResult
from mmpctl.cli.selection import Selection


@grouped
def backup(
    *,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder for the backups; they contain private keys.")],
    selection: Selection,
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

    Nothing is ever deleted on a node.
    """
    from mmpctl.reports.backup_table import backup as table
    from mmpctl.runbooks import backup as backing_up

    result.check()
    report = backing_up.run(selection.nodes(), to, keep=keep)
    document = backing_up.document(report)
    result.emit(document, table(document))
    return report.code
