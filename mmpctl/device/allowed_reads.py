"""The only lines that a session for reading may send."""

from __future__ import annotations

import re
from typing import Final, NoReturn

from mmpctl.errors import RefusedError

# Exactly these: none of them changes anything on the device, whatever follows where a name may follow.
_LINES: Final = frozenset(
    {
        "",
        "backup list",
        "callbridge",
        "database cluster status",
        "date",
        "pki list",
        "recorder",
        "streamer",
        "turn",
        "uploader",
        "user list",
        "version",
        "webadmin",
        "webbridge3",
    }
)
_WITH_NAMES: Final = re.compile(r"pki (?:inspect \S+|match \S+ \S+)")


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
