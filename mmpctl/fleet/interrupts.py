"""Ctrl-C while hosts are worked on: an event among others, so that nothing gets lost in the middle of another one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted:
    """Somebody wants the run to stop."""


@contextmanager
def interrupts_told(tell: Callable[[], None]) -> Iterator[None]:
    """Have the first Ctrl-C told, and the second one end the block at once.

    Nothing is changed in a thread other than the main one, or where a program has an answer of its own to Ctrl-C.

    Args:
        tell: called with the first one, in the middle of whatever the main thread does.
    """
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    told = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal told
        if told:
            raise KeyboardInterrupt
        told = True
        tell()

    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
