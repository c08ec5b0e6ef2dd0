"""What an installation may lack: packages that only some commands need."""

from __future__ import annotations

import importlib.util
import sys
from typing import Literal

from mmpctl.errors import UsageError

Extra = Literal["lab", "history", "reach"]

# The module that each extra of pyproject.toml brings; the package has the same name.
_MODULES: dict[Extra, str] = {"lab": "asyncssh", "history": "sqlalchemy", "reach": "celery"}


def require(extra: Extra, needed_by: str) -> None:
    """Refuse a command whose packages are not installed, before it does anything.

    Args:
        extra: the extra of pyproject.toml that the command needs.
        needed_by: the command or option, as it was typed.

    Raises:
        UsageError: the extra's package is not there; names the command that installs it.
    """
    module = _MODULES[extra]
    if importlib.util.find_spec(module) is None:
        raise UsageError(
            f"{needed_by} needs the package {module}, which is not installed",
            code="extra",
            advice=f"Install it with `{sys.executable} -m pip install {module}` (mmpctl's extra `{extra}`).",
        )
