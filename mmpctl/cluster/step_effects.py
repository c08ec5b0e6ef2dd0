"""The effect of each step of a plan: on its node, its duration, and whether one may stop after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from mmpctl.cluster.expected import Expected
from mmpctl.cluster.step import Step

# `yes`: nothing waits. `pause`: nothing is lost, but nodes are apart and wait for the rest.
SAFE, PAUSE = "yes", "pause"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a step means.

    Args:
        what: what it does to its node, in a short phrase.
        destroys: something of the node is lost with it.
        expected: how long it takes, about.
        safe_to_stop: after the step and the others of its wave: `yes`, or `pause`.
        if_stopped: what stopping there would mean.
    """

    what: str
    destroys: bool
    expected: Expected
    safe_to_stop: str
    if_stopped: str


def effects(steps: tuple[Step, ...], lead: str) -> tuple[Effect, ...]:
    """Return what the steps of one plan mean, one by one.

    Args:
        steps: a whole plan, or all that is left of one.
        lead: inventory name of the node that the others follow.
    """
    stops = {wave: _stop(steps, wave, lead) for wave in {step.wave for step in steps}}
    return tuple(
        Effect(
            step.kind.effect(step, steps, lead),
            step.kind.destroys,
            step.kind.expected,
            *stops[step.wave],
        )
        for step in steps
    )


def expected(steps: Iterable[Step]) -> Expected:
    """Return how long steps take together: those of one wave run side by side.

    Args:
        steps: of one plan, in order.
    """
    waves = [_slowest([step.kind.expected for step in wave]) for wave in _waves(steps)]
    most = [wave.most for wave in waves if wave.most is not None]
    return Expected(
        sum(wave.least for wave in waves), sum(most) if len(most) == len(waves) else None, _grows_with(waves)
    )


def is_untouched(steps: tuple[Step, ...], upto: int) -> bool:
    """Return whether the unit is as it was when the waves up to one have ended.

    Args:
        steps: a whole plan, or all that is left of one.
        upto: the wave, from 1; 0 for before the first.
    """
    # What goes on with a run that was stopped has nothing of this kind to do at its beginning.
    fresh = bool(steps) and steps[0].kind.comes_first and not steps[0].again
    return fresh and not any(step.kind.touches and step.wave <= upto for step in steps)


def _stop(steps: tuple[Step, ...], wave: int, lead: str) -> tuple[str, str]:
    words = steps[0].kind.words
    if is_untouched(steps, wave):
        return SAFE, words.as_it_was
    later = [step for step in steps if step.wave > wave]
    if not later:
        return SAFE, "everything is done"
    # Where parts are done one after the other, each is proved by itself, and none is done before that.
    if words.between is None and not any(step.kind.touches for step in later):
        return SAFE, "everything is done except the check"
    begun = {_whole(step) for step in steps if step.kind.touches and step.wave <= wave}
    returning = [step for step in later if step.kind.returns and (words.between is None or _whole(step) in begun)]
    if words.between is not None and not returning:
        return SAFE, words.between
    waiting = list(dict.fromkeys(step.node for step in returning))
    return PAUSE, words.waits.format(lead=lead, nodes=", ".join(waiting))


def _whole(step: Step) -> tuple[str, str]:
    # The pairs of a service are set one by one, and it comes back with all of them.
    return step.node, step.part.partition(" ")[0]


def _waves(steps: Iterable[Step]) -> Iterator[list[Step]]:
    return (list(wave) for _, wave in groupby(steps, key=lambda step: step.wave))


def _slowest(several: list[Expected]) -> Expected:
    most = [one.most for one in several if one.most is not None]
    return Expected(
        max(one.least for one in several), max(most) if len(most) == len(several) else None, _grows_with(several)
    )


def _grows_with(several: list[Expected]) -> str | None:
    return " and ".join(dict.fromkeys(one.grows_with for one in several if one.grows_with)) or None
