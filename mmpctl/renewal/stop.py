"""The wish to stop: Ctrl-C, SIGTERM and SIGHUP end a run between two dialogues, never within one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from mmpctl.errors import MmpError

# What is told at the first signal, and where a later one has the run wait for nothing.
STOPPING = "Stopping. Running steps will be completed, no new ones started. Press Ctrl-C again to stop waiting."
NOT_WAITING = (
    "Stopping without waiting. Operations already started continue on the nodes; `mmpctl resume` checks them. An "
    "open dialogue with a node is still completed."
)

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(MmpError):
    """Nothing more was started, because the operator asked to stop."""

    code = "stopped"


class Stop:
    """Whether the operator has asked to stop, and how firmly."""

    def __init__(self) -> None:
        self._wished = self._insisted = False

    @property
    def wished(self) -> bool:
        """Start nothing more."""
        return self._wished

    @property
    def insisted(self) -> bool:
        """Wait no longer for operations that go on in the devices; a dialogue is finished all the same."""
        return self._insisted

    def wish(self) -> None:
        """Ask to stop."""
        self._wished = True

    def insist(self) -> None:
        """Ask to stop, and to wait for nothing."""
        self._wished = self._insisted = True

    def check(self, node: str | None = None) -> None:
        """Go on, or not.

        Raises:
            Stopped: the operator asked to stop.
        """
        if self.wished:
            raise Stopped("not started: the run was asked to stop", node=node)


@contextmanager
def stopping(stop: Stop, tell: Callable[[str], None], ask: Callable[[], bool]) -> Iterator[None]:
    """Take signals as the wish to stop; works in the main thread, elsewhere signals stay as they are.

    Args:
        stop: takes the wish.
        tell: called with what happens now.
        ask: called at a signal after the first: whether to wait no longer for what goes on in the nodes. The work of
            other threads goes on while it asks.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asking = False

    def take(number: int, _frame: FrameType | None) -> None:
        nonlocal asking
        if not stop.wished:
            stop.wish()
            tell(STOPPING)
        elif number != signal.SIGHUP and not (stop.insisted or asking):
            # A terminal that is closed hangs up more than once, and means nothing by it.
            asking = True
            try:
                if ask():
                    stop.insist()
                    tell(NOT_WAITING)
            finally:
                asking = False

    # Under `nohup` nobody wishes to stop because the terminal is closed. A shell has its jobs in the background ignore
    # Ctrl-C likewise, but whoever sends them that signal means it.
    nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    heeded = [number for number in _SIGNALS if not (nohup and number == signal.SIGHUP)]
    before = {number: signal.signal(number, take) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
