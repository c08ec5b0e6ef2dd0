"""The user's state folder: what one user's runs share, whatever directory they are started in."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from mmpctl.errors import UsageError


def state_folder() -> Path:
    """Return where it is: `mmpctl` below XDG_STATE_HOME, else below `.local/state` of HOME, else of the account's home.

    Raises:
        UsageError: neither the environment nor the account names a home.
    """
    # A relative path in the variable is to be ignored, says its specification.
    base = Path(os.environ.get("XDG_STATE_HOME", ""))
    if not base.is_absolute():
        base = _home() / ".local" / "state"
    return base / "mmpctl"


def _home() -> Path:
    home = Path(os.environ.get("HOME", ""))
    if home.is_absolute():
        return home
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        raise UsageError(
            f"there is no home folder: HOME is not set, and the user {os.getuid()} has no account here",
            code="state",
            advice="Name a private folder that is kept between runs with XDG_STATE_HOME. Nothing was sent.",
        ) from None
