"""Over how many processes a run is spread, and how many hosts are worked on at the same time. Pure."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Beyond some 50 threads in a process, more of them cost more than they bring.
THREADS: Final = 50
# More processes than this were never measured.
MOST_PROCESSES: Final = 8
# A process begins with its imports: for fewer hosts each it is not worth its memory.
_LEAST_HOSTS: Final = 50
# A process takes so long until it does its share. What is won must be more.
_START_SECONDS: Final = 1.5
# So much of a core one process uses when it is what the hosts wait for, and not the other way round.
_BUSY: Final = 0.7
_QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")


@dataclass(frozen=True, slots=True)
class Pace:
    """How a run went so far, in the one process in which it began.

    Args:
        done: hosts that have ended.
        under_way: hosts that are worked on.
        left: hosts that have not begun.
        cpu_seconds: processor time that was used.
        turn_seconds: how long a host had its turn, on average.
        at_once: how many may have their turn at the same time.
    """

    done: int
    under_way: int
    left: int
    cpu_seconds: float
    turn_seconds: float
    at_once: int

    @property
    def cost(self) -> float:
        """Processor time for each host, seconds; of those under way, one half is done on average."""
        return self.cpu_seconds / (self.done + self.under_way / 2)


@dataclass(frozen=True, slots=True)
class Spread:
    """How the rest of a run is worked on.

    Args:
        processes: how many, this one among them.
        at_once: how many hosts have their turn at the same time, in all processes together.
    """

    processes: int
    at_once: int


def spread(pace: Pace, cores: int, *, may_grow: bool) -> Spread:
    """Choose what ends soonest.

    A fleet near by is held up by the processor, so it is divided among the cores. A fleet at the end of long lines
    leaves the processor idle: there, further processes help only with further hosts at the same time.

    Args:
        pace: how it went so far.
        cores: that this program may use.
        may_grow: more hosts may be worked on at the same time; false if a person has said how many.

    Returns:
        One process if more of them would not pay.
    """
    best, soonest = Spread(1, pace.at_once), _seconds(pace, 1, pace.at_once)
    busy = pace.cost * pace.at_once >= _BUSY * pace.turn_seconds
    for processes in range(2, min(cores, MOST_PROCESSES, pace.at_once, 1 + pace.left // _LEAST_HOSTS) + 1):
        at_once = max(pace.at_once, THREADS * processes) if may_grow and not busy else pace.at_once
        seconds = _START_SECONDS + _seconds(pace, processes, at_once)
        if seconds < soonest:
            best, soonest = Spread(processes, at_once), seconds
    return best


def _seconds(pace: Pace, processes: int, at_once: int) -> float:
    # The busier the one process was, the more of a host's time went by in waiting for its share of the processor.
    busy = min(1.0, pace.cost * pace.at_once / max(pace.turn_seconds, pace.cost))
    waiting = max(pace.turn_seconds * (1 - busy * busy), pace.cost)
    return pace.left * max(pace.cost / processes, waiting / at_once)


def cores() -> int:
    """Return how many cores this program may use: of the machine, of its own process, of its container."""
    affinity = getattr(os, "sched_getaffinity", None)
    count = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    with suppress(OSError, ValueError):
        quota, period = _QUOTA.read_text("ascii").split()
        # `max` is no number: there is no quota.
        count = min(count, max(1, int(quota) // int(period)))
    return count


def shares(total: int, processes: int) -> tuple[int, ...]:
    """Divide hosts at the same time among processes; each gets one at least.

    Args:
        total: in all of them together.
        processes: how many there are.
    """
    each, more = divmod(total, processes)
    return tuple(max(1, each + (number < more)) for number in range(processes))
