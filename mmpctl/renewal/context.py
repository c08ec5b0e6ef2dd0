"""Who watches a run, and for how long: progress, the wish to stop, limits, and the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from mmpctl.display.events import Progress, Silent
from mmpctl.renewal.limits import Limits
from mmpctl.renewal.stop import Stop
from mmpctl.times import now_utc


@dataclass(frozen=True, slots=True)
class Watch:
    """What accompanies a run from its beginning to its end.

    Args:
        progress: is told what happens.
        stop: takes the wish to stop.
        limits: how long things may take.
        clock: gives the time, aware, UTC.
    """

    progress: Progress = field(default_factory=Silent)
    stop: Stop = field(default_factory=Stop)
    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], datetime] = now_utc
