"""How a command reports an error."""

from __future__ import annotations

import sys

from rich.text import Text

from mmpctl.errors import MmpError
from mmpctl.reports.output import is_terminal, terminal_width
from mmpctl.reports.sanitize import harmless
from mmpctl.reports.sentences import broken
from mmpctl.reports.typed import call

_BELOW = " " * 4


def tell(error: MmpError) -> None:
    """Say it on standard error, with what to do about it.

    Args:
        error: what happened.
    """
    where = f"{error.node}: " if error.node else ""
    # Names of the inventory, questions and paths are in it: none of them may move the cursor.
    said = [f"error: {where}{error.message}", *([f"  → {error.advice}"] if error.advice else ())]
    for line in said:
        told = harmless(call().text(line), lines=True)
        # A terminal would break a long line in the middle of a word.
        parts = _broken(told) if is_terminal(sys.stderr) else [told]
        print(*parts, sep="\n", file=sys.stderr)  # noqa: T201 - the last word of a command


def _broken(line: str) -> list[str]:
    width = terminal_width(sys.stderr)
    first, *more = (part.plain for part in broken(Text(line), width - len(_BELOW)))
    return [first, *(_BELOW + part for part in more)]
