"""The environment of programs that this one starts: without what is ours, so without any password."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

# Passwords, passphrases and key files are named by variables that begin so; no other program needs one of them.
_OURS = "MMP_"
_SIGN_IN = ("MMP_USERNAME", "MMP_PASSWORD", "MMP_SSH_KEY", "MMP_API_")
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


def for_own_program(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment to start this program with, for nodes of another inventory.

    It signs in as this one does; which inventory and host keys it takes, its own words say.

    Args:
        environ: environment variables; the process's own by default.

    Returns:
        All of them but those that begin with `MMP_` and are not about signing in to nodes.
    """
    every = environ or os.environ
    return for_programs(every) | {name: value for name, value in every.items() if name.startswith(_SIGN_IN)}


def is_own_program(word: str) -> bool:
    """Tell whether a word of a command names this very program, as it is installed here.

    Args:
        word: the first one of the command.
    """
    found = shutil.which(word)
    here = (Path(sys.argv[0]), Path(sys.executable).with_name("mmpctl"))
    return found is not None and any(one.name == "mmpctl" and one.is_file() and one.samefile(found) for one in here)


def own_program() -> list[str]:
    """Return the words that start this program again, with the same interpreter and modules."""
    return [sys.executable, "-c", _PROGRAM.format(path=sys.path)]
