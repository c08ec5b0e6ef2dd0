"""A moment by two clocks: one stands still while the machine sleeps, the other goes on."""

from __future__ import annotations

import time
from dataclasses import dataclass

# Apart by more than this, the machine was asleep: the clocks themselves drift by far less.
SLEEP_SECONDS = 10.0


def steady_clock() -> float:
    """Seconds that this process could have worked; never set, and on most systems still while the machine sleeps."""
    return time.monotonic()


def lasting_clock() -> float:
    """Return seconds that have passed in the world, sleep included."""
    # The clock of the calendar may be set; the one since boot is not, if there is one.
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.time() if boot is None else time.clock_gettime(boot)


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was.

    Args:
        steady: by the clock that stands still while the machine sleeps, seconds.
        lasting: by the clock that goes on, seconds.
    """

    steady: float
    lasting: float

    @classmethod
    def now(cls) -> Moment:
        """Return the present."""
        return cls(steady_clock(), lasting_clock())

    def age(self, now: Moment | None = None) -> float:
        """Return seconds since then, by the clock that counted more of them.

        Args:
            now: the present by default.
        """
        later = now or Moment.now()
        return max(later.steady - self.steady, later.lasting - self.lasting)

    def slept(self, now: Moment | None = None) -> bool:
        """Return whether the machine was asleep in between.

        Args:
            now: the present by default.
        """
        later = now or Moment.now()
        return (later.lasting - self.lasting) - (later.steady - self.steady) > SLEEP_SECONDS
