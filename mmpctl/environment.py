"""The environment of programs that this one starts: without what is ours, so without any password."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

# Passwords, passphrases and key files are named by variables that begin so; no other program needs one of them.
_OURS = "MMP_"
# The same modules are found as here, and none in the working directory.
_PROGRAM = "import sys; sys.path[:] = {path!r}; from mmpctl.start import main; main()"


def for_programs(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment to start another program with.

    Args:
        environ: environment variables; the process's own by default.

    Returns:
        All of them but those that begin with `MMP_`.
    """
    return {name: value for name, value in (environ or os.environ).items() if not name.startswith(_OURS)}


def own_program() -> list[str]:
    """Return the words that start this program again, with the same interpreter and modules."""
    return [sys.executable, "-c", _PROGRAM.format(path=sys.path)]
