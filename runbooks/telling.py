"""How a command says what went wrong."""

from __future__ import annotations

import sys

from mmpctl.errors import MmpError
from mmpctl.reports.harmless import harmless
from mmpctl.reports.typed import call


def tell(error: MmpError) -> None:
    """Say it on standard error, with what to do about it.

    Args:
        error: what happened.
    """
    where = f"{error.node}: " if error.node else ""
    # Names of the inventory, questions and paths are in it: none of them may move the cursor.
    said = [f"error: {where}{error.message}", *([f"  → {error.advice}"] if error.advice else ())]
    for line in said:
        print(harmless(call().text(line), lines=True), file=sys.stderr)  # noqa: T201 - the last word of a command
