"""How a command says what went wrong."""

from __future__ import annotations

import sys

from mmpctl.errors import MmpError
from mmpctl.reports.typed import call


def tell(error: MmpError) -> None:
    """Say it on standard error, with what to do about it.

    Args:
        error: what happened.
    """
    where = f"{error.node}: " if error.node else ""
    print(call().text(f"error: {where}{error.message}"), file=sys.stderr)  # noqa: T201 - the last word of a command
    if error.advice:
        print(call().text(f"  → {error.advice}"), file=sys.stderr)  # noqa: T201
