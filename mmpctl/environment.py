"""The environment of programs that this one starts: without what is ours, so without any password."""

from __future__ import annotations

import os
from collections.abc import Mapping

# Passwords, passphrases and key files are named by variables that begin so; no other program needs one of them.
_OURS = "MMP_"


def for_programs(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment to start another program with.

    Args:
        environ: environment variables; the process's own by default.

    Returns:
        All of them but those that begin with `MMP_`.
    """
    return {name: value for name, value in (environ or os.environ).items() if not name.startswith(_OURS)}
