"""What the tests start, and how long they wait for it: alike wherever they were started, also on a busy machine."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import AnyStr

# For whatever must come at all. Nobody waits for so long unless it does not come: a verdict is not to hang on the load.
PATIENCE_SECONDS = 240.0

_FROM_THE_PARENT = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


def heed_signals() -> None:
    """Have all children begin with the system's own answer to signals, also where this process ignores some.

    `nohup`, and `&` in a shell without job control, have the tests ignore signals, and what is ignored is inherited. A
    handler is not: this process goes on ignoring them, with one that does nothing.
    """
    for number in _FROM_THE_PARENT:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, _ignore)


@contextmanager
def ended(process: subprocess.Popen[AnyStr]) -> Iterator[subprocess.Popen[AnyStr]]:
    """A process that does not outlive its test, also where that fails: one that hangs would be waited for without end.

    Args:
        process: as it was started.
    """
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def _ignore(number: int, frame: FrameType | None) -> None:
    """Do nothing."""
