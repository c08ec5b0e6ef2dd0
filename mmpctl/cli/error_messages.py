"""How a command reports an error, and the exit code that it ends with."""

from __future__ import annotations

import sys

from rich.text import Text

from mmpctl import exit_codes as codes
from mmpctl.errors import MmpError, RefusedError, UsageError
from mmpctl.fleet.run_on import as_mmp_error
from mmpctl.reports.audit.nagios import nagios_failure
from mmpctl.reports.sanitize import harmless
from mmpctl.reports.sentences import broken
from mmpctl.reports.streams import is_terminal, send, terminal_width
from mmpctl.reports.typed import call
from mmpctl.runs.journal import JournalError
from mmpctl.runs.lock import LockedError

_BELOW = " " * 4


def fail(error: Exception) -> int:
    """Report what ended a command.

    Args:
        error: what was raised.

    Returns:
        The exit code of the contract.
    """
    told = as_mmp_error(error)
    tell(told)
    if isinstance(told, UsageError):
        return codes.USAGE
    if isinstance(told, LockedError):
        return codes.LOCKED
    return codes.REFUSED if isinstance(told, (RefusedError, JournalError)) else codes.UNEXPECTED


def answer(error: Exception) -> int:
    """Report what ended a plugin: one line of standard output, and a code from 0 to 3, which are all answers there.

    Args:
        error: what was raised.

    Returns:
        The exit code of a plugin.
    """
    line, code = nagios_failure(as_mmp_error(error))
    send(line, sys.stdout)
    return code


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
