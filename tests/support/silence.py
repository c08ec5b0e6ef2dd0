"""What a device does while a session waits whether it says more: by order of the test, and not by the clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from mmpctl.device.shell import Shell
from tests.support.children import PATIENCE_SECONDS

# Silences are shorter than any deadline, but nobody waits for their end.
QUIET_SECONDS = 2.0
_LONGEST = 30.0

Event = Callable[[], None] | None


@dataclass
class Silences:
    """The waits of a session for a silence.

    Args:
        events: what the device does in each wait, in order; None, and later ones: it is silent.
        is_whole: whether the text that came is all that the device says by itself; until then the wait goes on.
        waits: how long each was to last, seconds since the last text.
    """

    events: list[Event]
    is_whole: Callable[[str], bool]
    waits: list[float] = field(default_factory=list)


@contextmanager
def silences(
    patch: pytest.MonkeyPatch, *events: Event, is_whole: Callable[[str], bool] = lambda _: True
) -> Iterator[Silences]:
    """Let the device act in the waits of the sessions that are open in the block.

    Args:
        patch: of the test.
        events: see `Silences`.
        is_whole: likewise.
    """
    played = Silences(list(events), is_whole)
    receive, last = Shell.receive, time.monotonic()

    def received(shell: Shell, until: float) -> bool:
        nonlocal last
        asked = until - last
        if until <= time.monotonic() - _LONGEST or asked > _LONGEST:
            came = receive(shell, until)
        else:
            came = in_silence(shell, asked)
        last = time.monotonic() if came else last
        return came

    def in_silence(shell: Shell, asked: float) -> bool:
        played.waits.append(asked)
        event = played.events.pop(0) if played.events else None
        if event is not None:
            event()
        elif played.is_whole(shell.received.text):
            return receive(shell, 0.0)
        return receive(shell, time.monotonic() + PATIENCE_SECONDS)

    with patch.context() as patched:
        patched.setattr(Shell, "receive", received)
        yield played
