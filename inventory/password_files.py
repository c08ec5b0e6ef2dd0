"""Passwords that stand in files: MMP_PASSWORD_FILE names one, as MMP_PASSWORD holds one."""

from __future__ import annotations

import logging
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from mmpctl.errors import UsageError
from mmpctl.trusted import require_trusted

_PASSWORD = "MMP_PASSWORD"  # noqa: S105 - a variable's name
_MOST_BYTES = 4096
_ADVICE = "Name a readable file that contains the password in one line."

logger = logging.getLogger(__name__)


def with_password_files(environ: Mapping[str, str], ends: Iterable[str], variable: str = _PASSWORD) -> dict[str, str]:
    """Return the environment with the passwords of the files that it names; a variable that holds one counts first.

    Args:
        environ: environment variables.
        ends: what stands behind the variables' names: nothing, or `__SITE`.
        variable: what the name of a variable that holds a password begins with.

    Returns:
        A copy with more variables.

    Raises:
        UsageError: a file cannot be read, is not one line, or could be changed by others.
    """
    known = dict(environ)
    for end in ends:
        name = f"{variable}_FILE{end}"
        file = environ.get(name)
        if file and not environ.get(variable + end):
            known[variable + end] = _read(name, Path(file).expanduser())
    return known


def _read(variable: str, file: Path) -> str:
    require_trusted(file, f"the file of {variable}")
    try:
        # What a shell's `<(command)` makes is read as well, but nothing without an end.
        with file.open("rb") as stream:
            password = stream.read(_MOST_BYTES + 1).decode().removesuffix("\n")
        mode = file.stat().st_mode
    except OSError as error:
        raise UsageError(f"{variable}: {file}: {error.strerror}", code="credentials", advice=_ADVICE) from error
    except UnicodeDecodeError:
        raise UsageError(f"{variable}: {file}: is not UTF-8 text", code="credentials", advice=_ADVICE) from None
    if not password or "\n" in password or len(password) > _MOST_BYTES:
        raise UsageError(f"{variable}: {file}: is not one line", code="credentials", advice=_ADVICE)
    if mode & stat.S_IRWXO:
        logger.warning("%s can be read by others: chmod o= %s", file, file)
    return password
