"""The only lines that a session for reading may send: those of the declared commands that say so."""

from __future__ import annotations

import re
from typing import Final, NoReturn

from mmpctl.device.commands import DECLARED
from mmpctl.errors import RefusedError

_ALLOWED: Final = tuple(command for command in DECLARED.values() if command.while_reading)
# None of them changes anything on the device, whatever follows where the name of a file may follow. Enter alone, too.
_LINES: Final = frozenset({"", *(command.name for command in _ALLOWED if not command.files)})
_WITH_NAMES: Final = re.compile(
    "|".join(re.escape(command.name) + r" \S+" * command.files for command in _ALLOWED if command.files)
)


def only_reads(line: str) -> bool:
    """Return whether a line is one of those that change nothing.

    Args:
        line: as it would be sent, without Enter.
    """
    return line in _LINES or _WITH_NAMES.fullmatch(line) is not None


def refuse(what: str) -> NoReturn:
    """Say no to what a session that only reads must not do.

    Args:
        what: would be done, e.g. "the command `database cluster remove`".

    Raises:
        RefusedError: always (code `read-only`).
    """
    raise RefusedError(
        f"{what} was not sent: this session only reads",
        code="read-only",
        advice="Nothing was changed. Open a session that may change the node, as `mmpctl renew`, `mmpctl resume` "
        "and `mmpctl backup` do.",
    )
