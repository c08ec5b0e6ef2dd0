"""The file with the host keys that we trust."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from nornir.core import Nornir

from mmpctl.errors import UsageError
from mmpctl.inventory.settings import Settings, remember
from mmpctl.trusted import plain_path, require_trusted


def known_hosts_file(
    inventory: Path, option: Path | str | None = None, environ: Mapping[str, str] | None = None
) -> Path:
    """Return which file counts: the option, else MMP_KNOWN_HOSTS, else `known_hosts` beside the inventory.

    Args:
        inventory: folder, or configuration file.
        option: what `--known-hosts` says.
        environ: environment variables; the process's own by default.

    Returns:
        an absolute path; the file need not be there yet.
    """
    environ = os.environ if environ is None else environ
    chosen = option or environ.get("MMP_KNOWN_HOSTS")
    folder = inventory if inventory.is_dir() else inventory.parent
    return plain_path(Path(chosen) if chosen else folder / "known_hosts")


def remember_known_hosts(nr: Nornir, file: Path) -> None:
    """Keep the file's path with the Nornir object, where its filtered copies find it too."""
    remember(nr, known_hosts=str(file))


def known_hosts_of(nr: Nornir) -> Path:
    """Return the known-hosts file of a Nornir object that `load` made.

    Raises:
        UsageError: it was made otherwise.
    """
    file = Settings.of(nr.config).known_hosts
    if file is None:
        raise UsageError(
            "this Nornir object has no known-hosts file", advice="Load the inventory with mmpctl.inventory.load.load()."
        )
    return Path(file)


def require_known_hosts(nr: Nornir) -> Path:
    """Return the known-hosts file, which must be there: SSH libraries ignore a missing one silently.

    Raises:
        UsageError: it is missing, cannot be read, or could be changed by others.
    """
    file = known_hosts_of(nr)
    require_trusted(file, "the known-hosts file")
    if not file.is_file() or not os.access(file, os.R_OK):
        what = "cannot be read" if file.exists() else "is missing"
        raise UsageError(
            f"the known-hosts file {file} {what}",
            code="known-hosts",
            advice="Run `mmpctl trust` to record the host keys, or name another file with --known-hosts.",
        )
    return file
