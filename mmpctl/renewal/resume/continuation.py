"""What a resume's look found of a unit that goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from mmpctl.renewal.job import Planned
from mmpctl.renewal.resume.comparison import NodeFound

U_co = TypeVar("U_co", bound=Planned, covariant=True)


@dataclass(frozen=True, slots=True)
class Continuation(Generic[U_co]):
    """What a resumed run found for one unit, and what it is going to do.

    Args:
        plan: the unit's, with the steps that are left.
        found: "the journal says … · the device reports … · therefore …", one line for each open step.
        nodes: the last step of each node by the journal, what the node shows, and what follows.
    """

    plan: U_co
    found: tuple[str, ...]
    nodes: tuple[NodeFound, ...] = ()
