"""How long something has been waited for, and how often in a row the same was seen."""

from __future__ import annotations

from dataclasses import dataclass

from mmpctl.moment import Moment

LEAST_LOOKS = 3
# How long a node may take to answer again after this machine has slept: its sessions are gone then.
AWAKE_SECONDS = 60.0


@dataclass(slots=True)
class Looks:
    """How long, and how often in a row, the same has been seen.

    Args:
        since: when it was seen first, by the steady clock; None when it was not seen last.
        count: how often in a row.
    """

    since: float | None = None
    count: int = 0

    def add(self, seen: bool, now: float) -> None:
        """One more look.

        Args:
            seen: it was seen; else all begins again.
            now: by the steady clock, seconds.
        """
        if not seen:
            self.since, self.count = None, 0
            return
        self.since = now if self.since is None else self.since
        self.count += 1

    def lasted(self, seconds: float, now: float) -> bool:
        """Return whether it was seen often enough, and for longer than so many seconds."""
        return self.since is not None and self.count >= LEAST_LOOKS and now - self.since > seconds


class Patience:
    """How long an operation has been awaited: by two clocks, for this machine may sleep while the device goes on.

    The first look after a sleep may fail with a session that is gone: nothing is concluded before the node was looked
    at again.

    Args:
        seconds: how long it may take, sleep included.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._begun = self._last = self._awake = Moment.now()
        self._has_slept = self._just_woke = False

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning, sleep included."""
        return self._begun.age()

    def woke(self) -> bool:
        """Return whether this machine was asleep since this was asked last."""
        self._notice()
        just, self._just_woke = self._just_woke, False
        return just

    def is_over(self, looked: bool) -> bool:
        """Return whether the time is over; after a sleep, only a look counts, or a while in which none came about.

        Args:
            looked: the node was understood just now.
        """
        self._notice()
        if self.elapsed <= self._seconds or self._just_woke:
            return False
        return looked or not self._has_slept or self._awake.age() > min(self._seconds, AWAKE_SECONDS)

    def _notice(self) -> None:
        now = Moment.now()
        if self._last.slept(now):
            self._awake, self._has_slept, self._just_woke = now, True, True
        self._last = now
