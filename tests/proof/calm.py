"""The calm run that all deaths are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmpctl.renewal.limits import Limits
from tests.proof.boundaries import Point
from tests.proof.ending import NodeEnding
from tests.support.children import PATIENCE_SECONDS

ACCEPT_SECONDS = 0.3
LIMITS = Limits(operation=PATIENCE_SECONDS, accept=ACCEPT_SECONDS, between_looks=0.05)
_UNDER_WAY_SECONDS = 0.5


@dataclass(frozen=True)
class Calm:
    """A run that nothing disturbed.

    Args:
        file_names: `versioned` or `same`.
        points: those that it passed, in a fixed order.
        records: the names of its records.
        rows: of the keeper's database, before it.
        ending: how it ended on each node.
    """

    file_names: str
    points: tuple[Point, ...]
    records: tuple[str, ...]
    rows: tuple[str, ...]
    ending: dict[str, NodeEnding]


def durations(point: Point) -> dict[str, Any]:
    """Switches of a lab in which an operation that was confirmed right before a death is under way at the resumption.

    Args:
        point: of the death.
    """
    return {f"{point.command.split()[-1]}_seconds": _UNDER_WAY_SECONDS} if point.confirms else {}
