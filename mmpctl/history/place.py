"""Where audits are kept, as users name it: a file, a database URL, or a file that holds either."""

from __future__ import annotations

import logging
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from mmpctl.errors import UsageError
from mmpctl.trusted import require_trusted

VARIABLE = "MMP_HISTORY_PASSWORD"
_IN_A_FILE = "@"
_WITH_PASSWORD = re.compile(r"[^:/@]+://[^/@:]*:[^/]+@")

logger = logging.getLogger(__name__)


def place_of(text: str) -> str:
    """Return the file or URL that is meant.

    Args:
        text: as the user typed it; `@FILE` for what stands in that file.

    Raises:
        UsageError: the file cannot be read, holds nothing, or could be changed by others.
    """
    if not text.startswith(_IN_A_FILE):
        return text
    file = Path(text.removeprefix(_IN_A_FILE)).expanduser()
    require_trusted(file, "the file of --history")
    try:
        place = file.read_text(encoding="utf-8").strip()
        mode = file.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(f"--history {text}: {file} cannot be read ({why})", code="history") from error
    if not place or not place.isprintable():
        raise UsageError(
            f"--history {text}: {file} does not contain exactly one line",
            code="history",
            advice="Write a file name or a URL into it.",
        )
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        logger.warning("%s can be read by others: chmod 600 %s", file, file)
    return place


def password(environ: Mapping[str, str] | None = None) -> str | None:
    """Return the password of the database from the environment; None if it is not set.

    Args:
        environ: environment variables; the process's own by default.
    """
    return (os.environ if environ is None else environ).get(VARIABLE) or None


def warn_of_password(text: str) -> None:
    """Say so if a command line shows the password to everybody who lists this machine's processes.

    Args:
        text: as the user typed it.
    """
    if _WITH_PASSWORD.match(text):
        logger.warning(
            "The password in the URL of the history can be seen in the list of processes. Leave it out and set %s, or "
            "write the URL into a file and name that as @FILE.",
            VARIABLE,
        )
