"""Steps before they have a place in a plan, and the plan that waves of them make, whatever the job."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mmpctl.cluster.step import Step, StepKind


@dataclass(frozen=True, slots=True)
class Draft:
    """A step without a place; see `Step`.

    Args:
        node: inventory name.
        kind: what is done.
        payload: what it is done with.
        again: the second step of that kind on the node.
        part: of the node that it is about; empty for the node as a whole.
    """

    node: str
    kind: StepKind
    payload: tuple[str, ...] = ()
    again: bool = False
    part: str = ""


def numbered(waves: Iterable[Sequence[Draft]]) -> tuple[Step, ...]:
    """Return the steps of a plan.

    Args:
        waves: in order; one without any step does not count.
    """
    steps: list[Step] = []
    for wave_number, wave in enumerate((one for one in waves if one), 1):
        for one in wave:
            steps.append(Step(len(steps) + 1, wave_number, one.node, one.kind, one.payload, one.again, one.part))
    return tuple(steps)
