"""What the tests start, and how long they wait for it: alike wherever they were started, also on a busy machine."""

from __future__ import annotations

import signal
from types import FrameType

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


def _ignore(number: int, frame: FrameType | None) -> None:
    """Do nothing."""
