"""The SSH configuration file: it can start programs, so only the user names it, never the inventory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from nornir.core.configuration import SSHConfig

from mmpctl.errors import UsageError
from mmpctl.trusted import plain_path

VARIABLE = "MMP_SSH_CONFIG"
NONE = "none"


def ssh_config_file(option: Path | str | None = None, environ: Mapping[str, str] | None = None) -> str:
    """Which file counts: the option, else MMP_SSH_CONFIG, else NORNIR_SSH_CONFIG_FILE, else the user's `~/.ssh/config`.

    Args:
        option: what `--ssh-config` says; `none` for no file at all.
        environ: environment variables; the process's own by default.

    Returns:
        an absolute path, or an empty string for none; the user's own `~/.ssh/config` need not be there.

    Raises:
        UsageError: the file that was named is not there.
    """
    environ = os.environ if environ is None else environ
    chosen = str(option or environ.get(VARIABLE) or "")
    if not chosen:
        return str(plain_path(Path(SSHConfig().config_file)))
    if chosen == NONE:
        return ""
    file = plain_path(Path(chosen))
    if not file.is_file():
        raise UsageError(
            f"there is no SSH configuration file {file}",
            code="ssh-config",
            advice=f"Name an existing file with --ssh-config or {VARIABLE}, or `{NONE}` to use no file.",
        )
    return str(file)


def is_named(file: object, *named: str) -> bool:
    """Tell whether a file that an inventory names is one that the user has named.

    Args:
        file: what the inventory says.
        named: paths that the user has named; an empty one counts for nothing.
    """
    if not isinstance(file, (str, Path)) or not str(file):
        return False
    place = plain_path(Path(file))
    return any(name and place == plain_path(Path(name)) for name in named)
