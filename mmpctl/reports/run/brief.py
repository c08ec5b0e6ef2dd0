"""A run in short: who did it, and how long each Call Bridge was away. It begins the run's page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mmpctl.cluster.step_kinds import ActionName
from mmpctl.reports.timeline import seconds_of
from mmpctl.reports.widgets import Document
from mmpctl.runs.record import StepResult

_LEAVES = ActionName.REMOVE
_RETURNS = (ActionName.INITIALIZE, ActionName.JOIN, ActionName.CONNECT)


@dataclass(frozen=True, slots=True)
class Absence:
    """How long a node's Call Bridge was away.

    Args:
        node: inventory name.
        seconds: from its remove to the end of what brought it back; None if that was not seen.
    """

    node: str
    seconds: float | None


def absences(attempts: Iterable[Document]) -> tuple[Absence, ...]:
    """Return the nodes that left their cluster, in the order in which they did.

    Args:
        attempts: of a cluster's evidence.
    """
    left: dict[str, float] = {}
    back: dict[str, float] = {}
    for one in attempts:
        begun, ended = seconds_of(one["begun_at"]), seconds_of(one["ended_at"])
        if one["action"] == _LEAVES and begun is not None:
            left.setdefault(one["node"], begun)
        if one["action"] in _RETURNS and one["result"] == StepResult.DONE and ended is not None:
            back[one["node"]] = ended
    return tuple(Absence(node, back[node] - begun if node in back else None) for node, begun in left.items())


def people(parts: Iterable[Document]) -> tuple[str, ...]:
    """Return who ran it, and on which machine, each once: `anna on jump-1`.

    Args:
        parts: of a cluster's evidence.
    """
    return tuple(dict.fromkeys(_people(parts)))


def _people(parts: Iterable[Document]) -> Iterator[str]:
    for part in parts:
        by = part.get("by") or {}
        if by.get("user"):
            yield f"{by['user']} on {by['machine']}" if by.get("machine") else str(by["user"])
