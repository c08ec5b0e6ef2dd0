"""What accompanies a run: its nodes, folder and journal, and who watches it, for how long, by which clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from nornir.core import Nornir

from mmpctl.display.events import Progress, Silent
from mmpctl.renewal.limits import Limits
from mmpctl.renewal.stop import Stop
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import Journal
from mmpctl.tasks.pace import Lengths
from mmpctl.times import now_utc
from mmpctl.timing import Stretch


@dataclass(frozen=True, slots=True)
class Watch:
    """What accompanies a run from its beginning to its end.

    Args:
        progress: is told what happens.
        stop: takes the wish to stop.
        limits: how long things may take.
        clock: gives the time, aware, UTC.
        lengths: how long the operations of the run have lasted so far.
        stretch: what the run has spent its time on so far.
    """

    progress: Progress = field(default_factory=Silent)
    stop: Stop = field(default_factory=Stop)
    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], datetime] = now_utc
    lengths: Lengths = field(default_factory=Lengths)
    stretch: Stretch = field(default_factory=Stretch)


@dataclass(frozen=True, slots=True)
class RunContext:
    """One run, as everybody who works on it needs it.

    Args:
        nr: a Nornir object that knows the nodes.
        folder: the run's folder.
        journal: the run's journal.
        watch: who watches the run.
    """

    nr: Nornir
    folder: RunFolder
    journal: Journal
    watch: Watch
