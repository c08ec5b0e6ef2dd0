"""The effect of each step of a plan: on the node's database, its duration, and whether one may stop after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from mmpctl.cluster.plan import BACKUP, CERTS, CONNECT, INITIALIZE, JOIN, REMOVE, TOUCHING, UPLOAD, VERIFY, Step

# `yes`: nothing waits. `pause`: the data is safe, but nodes are apart and wait for the rest.
SAFE, PAUSE = "yes", "pause"


@dataclass(frozen=True, slots=True)
class Expected:
    """How long something takes, about.

    Args:
        least: seconds.
        most: seconds; None if it grows with the database, and nobody knows.
    """

    least: int
    most: int | None

    @property
    def words(self) -> str:
        """As a person says it: `20 s to 2 min`."""
        if self.most is not None:
            return f"{_words(self.least)} to {_words(self.most)}"
        return f"{_words(self.least)} and more, grows with the database"

    @property
    def brief(self) -> str:
        """The same in few letters: `20 s to 2 min`, `3 min +`."""
        return self.words if self.most is not None else f"{_words(self.least)} +"


_DATABASE = {
    BACKUP: "saved, nothing changed",
    UPLOAD: "untouched",
    REMOVE: "kept, no longer updated",
    CERTS: "untouched",
    INITIALIZE: "kept; master of the new cluster",
    JOIN: "DESTROYED, then a copy of {keeper}'s",
    CONNECT: "has none; uses {keeper}'s",
    VERIFY: "untouched",
}
# A remove of 19 s was seen, and no other duration. The restart of the Call Bridge and the Web Admin is the same in the
# others; what copies the whole database has no upper end.
_EXPECTED = {
    BACKUP: Expected(30, None),
    UPLOAD: Expected(2, 20),
    REMOVE: Expected(20, 120),
    CERTS: Expected(2, 20),
    INITIALIZE: Expected(20, 120),
    JOIN: Expected(60, None),
    CONNECT: Expected(20, 120),
    VERIFY: Expected(2, 120),
}


@dataclass(frozen=True, slots=True)
class Effect:
    """What a step means.

    Args:
        database: what it does to the database of its node, in a short phrase.
        destroys: the node's own database is lost with it.
        expected: how long it takes, about.
        safe_to_stop: after the step and the others of its wave: `yes`, or `pause`.
        if_stopped: what stopping there would mean.
    """

    database: str
    destroys: bool
    expected: Expected
    safe_to_stop: str
    if_stopped: str


def effects(steps: tuple[Step, ...], keeper: str) -> tuple[Effect, ...]:
    """Return what the steps of one plan mean, one by one.

    Args:
        steps: a whole plan, or all that is left of one.
        keeper: inventory name of the node whose database survives.
    """
    clients = frozenset(step.node for step in steps if step.action == CONNECT)
    stops = {wave: _stop(steps, wave, keeper) for wave in {step.wave for step in steps}}
    return tuple(
        Effect(
            _database(step, keeper, step.node in clients),
            step.action == JOIN,
            _EXPECTED[step.action],
            *stops[step.wave],
        )
        for step in steps
    )


def expected(steps: Iterable[Step]) -> Expected:
    """Return how long steps take together: those of one wave run side by side.

    Args:
        steps: of one plan, in order.
    """
    waves = [_slowest([_EXPECTED[step.action] for step in wave]) for wave in _waves(steps)]
    most = [wave.most for wave in waves if wave.most is not None]
    return Expected(sum(wave.least for wave in waves), sum(most) if len(most) == len(waves) else None)


def is_untouched(steps: tuple[Step, ...], upto: int) -> bool:
    """Return whether the cluster is as it was when the waves up to one have ended.

    Args:
        steps: a whole plan, or all that is left of one.
        upto: the wave, from 1; 0 for before the first.
    """
    # What goes on with a run that was stopped has no backups to make at its beginning.
    fresh = bool(steps) and steps[0].action == BACKUP and not steps[0].again
    return fresh and not any(step.action in TOUCHING and step.wave <= upto for step in steps)


def _stop(steps: tuple[Step, ...], wave: int, keeper: str) -> tuple[str, str]:
    if is_untouched(steps, wave):
        return SAFE, "the cluster is as it was"
    later = [step for step in steps if step.wave > wave]
    if not later:
        return SAFE, "everything is done"
    waiting = list(dict.fromkeys(step.node for step in later if step.action in (INITIALIZE, JOIN, CONNECT)))
    if not any(step.action in TOUCHING for step in later):
        return SAFE, "everything is done except the check"
    return PAUSE, f"the data is safe on {keeper}; not yet in the new cluster: {', '.join(waiting)}"


def _database(step: Step, keeper: str, is_client: bool) -> str:
    if step.action == BACKUP and step.again:
        return "saved once more, nothing changed"
    if step.action == REMOVE and is_client:
        return "has none"
    if step.action == REMOVE and step.node == keeper:
        return "kept; the only good copy"
    return _DATABASE[step.action].format(keeper=keeper)


def _waves(steps: Iterable[Step]) -> Iterator[list[Step]]:
    return (list(wave) for _, wave in groupby(steps, key=lambda step: step.wave))


def _slowest(several: list[Expected]) -> Expected:
    most = [one.most for one in several if one.most is not None]
    return Expected(max(one.least for one in several), max(most) if len(most) == len(several) else None)


def _words(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{(seconds + 30) // 60} min"
