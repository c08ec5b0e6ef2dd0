"""Who is at work, as a run's journal keeps it."""

from __future__ import annotations

import getpass
import os
import socket
from typing import Any

import mmpctl


def user() -> str:
    """Return the name of whoever runs this process, or the number if there is no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return str(os.getuid())


def at_work() -> dict[str, Any]:
    """Return who begins or resumes a run, on which machine, and with which release: a part of a record's detail."""
    return {"by": {"user": user(), "machine": socket.gethostname(), "version": mmpctl.__version__}}
