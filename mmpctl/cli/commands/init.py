"""`mmpctl init`: a folder to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmpctl.cli.option_groups import grouped
from mmpctl.cli.result import Result


@grouped
def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder to write into; it is made if it does not exist.")
    ],
    result: Result,
) -> int:
    """Make a folder to start with: inventory, .gitignore, README.

    The inventory has comments and examples to replace. Never overwrites a file.
    """
    from mmpctl.reports.init_table import init as table
    from mmpctl.runbooks import init as beginning

    result.check()
    document = beginning.run(folder)
    result.emit(document, table(document))
    return 0
