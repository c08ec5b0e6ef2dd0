"""The folder of new files that a command line names, whatever the job."""

from __future__ import annotations

from pathlib import Path

from mmpctl.errors import UsageError


def check_certs(certs: Path) -> None:
    """Make sure that the folder of the new certificates is there.

    Args:
        certs: as it was given.

    Raises:
        UsageError: it is not, or it may not be looked into.
    """
    try:
        is_there = certs.is_dir()
    except OSError as error:
        told = f"--certs {certs} cannot be looked into ({error.strerror})"
        raise UsageError(told, advice="Check the rights of the folders above it.") from error
    if not is_there:
        raise UsageError(f"--certs {certs}: no such folder", advice="Name the folder with the new certificates.")
