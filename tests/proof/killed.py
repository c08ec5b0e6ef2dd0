"""The command line in a process of its own, which kills itself at one of its points: `python -m tests.proof.killed`."""

from __future__ import annotations

import os
import signal
from importlib import import_module
from pathlib import Path

from tests.proof.boundaries import Boundaries, Point, see_accepted

# What the process is told by its environment.
MOMENT, WHAT, LAB_LOG, ACCEPT = "PROOF_MOMENT", "PROOF_WHAT", "PROOF_LAB_LOG", "PROOF_ACCEPT_SECONDS"


def main() -> None:
    """Run `mmpctl` with this process's arguments, up to its death if one is wished."""
    # The one thing that is changed: the minute after which a command counts as not accepted is a shorter one.
    import_module("mmpctl.tasks.wait_for_state").ACCEPT_SECONDS = float(os.environ[ACCEPT])  # type: ignore[attr-defined]
    from mmpctl.cli.app import main as command_line

    if WHAT not in os.environ:
        command_line()
        return
    death = Point(os.environ[WHAT], os.environ[MOMENT])

    def reached(point: Point) -> None:
        if point != death:
            return
        if point.confirms:
            see_accepted(point, Path(os.environ[LAB_LOG]))
        os.kill(os.getpid(), signal.SIGKILL)

    with Boundaries(reached).watched():
        command_line()


if __name__ == "__main__":
    main()
