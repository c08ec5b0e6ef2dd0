"""How soon a node is looked at again while something goes on in it: sharp about the time when it should end."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Final

# No two looks are nearer to each other, seconds, nor farther from each other.
SHORTEST: Final = 0.05
LONGEST: Final = 2.0
# A look lags behind the end by so much of what has passed, at most.
_LAG: Final = 1 / 20
# From here to there, of the time that the same took before, the end is expected: it lags by less.
_EARLY, _LATE = 0.8, 1.25
_SHARP: Final = 1 / 100
# To connect again costs the node more than to answer.
_LOST: Final = 1 / 10


def pause(elapsed: float, expected: float | None, trip: float) -> float:
    """Return for how long a node is left alone before the next look.

    Args:
        elapsed: seconds since the operation was begun.
        expected: how long the same lasted before in this run, seconds; None if nobody knows.
        trip: how long the last look took, seconds: a node spends no more than half of its time on answers.
    """
    wanted = elapsed * _LAG
    if expected is not None:
        begin, end = _EARLY * expected, _LATE * expected
        if elapsed < begin:
            wanted = min(wanted, begin - elapsed)
        elif elapsed <= end:
            wanted = min(wanted, expected * _SHARP)
        else:
            # It takes longer than it did: slower and slower, back to the pace of what nobody knows.
            wanted = min(wanted, expected * _SHARP + (elapsed - end) * _LOST)
    return max(min(wanted, LONGEST), SHORTEST, trip)


def pause_without_a_node(elapsed: float) -> float:
    """Return for how long a node is left alone that cannot be reached, before the next attempt.

    Args:
        elapsed: seconds since the operation was begun.
    """
    return max(min(elapsed * _LOST, LONGEST), SHORTEST)


class Lengths:
    """How long the operations of one run have lasted, by their kind; any thread may add and ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last: dict[str, float] = {}
        self._latest: float | None = None

    def add(self, kind: str, seconds: float) -> None:
        """Remember how long one has lasted.

        Args:
            kind: of the operation.
            seconds: from its beginning to its end, as it was seen.
        """
        with self._lock:
            self._last[kind] = self._latest = seconds

    def expected(self, kind: str) -> float | None:
        """Return how long one of this kind lasts, as far as the run knows; None if it knows of none.

        Args:
            kind: of the operation. The nodes of a run are alike: what the last one took is the best guess; if there was
                none of this kind, what the last one of any kind took, for all restart the same services. A wrong
                guess costs some looks, and no time.
        """
        with self._lock:
            return self._last.get(kind, self._latest)


@dataclass(frozen=True, slots=True)
class Pace:
    """The pace of one wait.

    Args:
        kind: of the operation that is awaited.
        lengths: of the run.
    """

    kind: str = ""
    lengths: Lengths = field(default_factory=Lengths)

    def pause(self, elapsed: float, trip: float) -> float:
        """Return for how long the node is left alone before the next look; see `pause`."""
        return pause(elapsed, self.lengths.expected(self.kind), trip)

    def ended(self, elapsed: float) -> None:
        """Remember that the operation has ended well.

        Args:
            elapsed: seconds since it was begun.
        """
        self.lengths.add(self.kind, elapsed)
