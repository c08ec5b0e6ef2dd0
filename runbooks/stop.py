"""The wish to stop: Ctrl-C, SIGTERM and SIGHUP end a run between two dialogues, never within one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from mmpctl.errors import MmpError

# What is told at each signal.
STOPPING = "stopping: what is under way is being finished, nothing more begins; once more: wait for nothing"

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(MmpError):
    """Nothing more was started, because the operator asked to stop."""

    code = "stopped"


class Stop:
    """Whether the operator has asked to stop, and how firmly."""

    def __init__(self) -> None:
        self._wishes = 0

    @property
    def wished(self) -> bool:
        """Start nothing more."""
        return self._wishes > 0

    @property
    def insisted(self) -> bool:
        """Wait no longer for operations that go on in the devices; a dialogue is finished all the same."""
        return self._wishes > 1

    def wish(self) -> None:
        """Ask to stop; the second time, to wait for nothing either."""
        self._wishes += 1

    def check(self, node: str | None = None) -> None:
        """Go on, or not.

        Raises:
            Stopped: the operator asked to stop.
        """
        if self.wished:
            raise Stopped("not started: the run was asked to stop", node=node)


@contextmanager
def stopping(stop: Stop, told: Callable[[], None]) -> Iterator[None]:
    """Take signals as the wish to stop; works in the main thread, elsewhere signals stay as they are.

    Args:
        stop: takes the wish.
        told: called at each signal, to say what happens now.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def take(_number: int, _frame: FrameType | None) -> None:
        stop.wish()
        told()

    before = {number: signal.signal(number, take) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
