"""The wish to stop: Ctrl-C, SIGTERM and SIGHUP end a run between two dialogues, never within one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from mmpctl.errors import MmpError

# What is told at each signal.
STOPPING = "stopping: what is under way is being finished, nothing more begins"

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(MmpError):
    """Nothing more was started, because the operator asked to stop."""

    code = "stopped"


class Stop:
    """Whether the operator has asked to stop."""

    def __init__(self) -> None:
        self._wish = threading.Event()

    @property
    def wished(self) -> bool:
        """Start nothing more."""
        return self._wish.is_set()

    def wish(self) -> None:
        """Ask to stop."""
        self._wish.set()

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
