"""What the journal says of each node of a stopped run beside what the node shows, and what follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mmpctl.cluster.step import Step, StepKey
from mmpctl.documents.renewal import FoundNode
from mmpctl.enums import Word
from mmpctl.errors import MmpError
from mmpctl.runs.record import Event, Record, StepResult


class Conclusion(Word):
    """What follows for a node from the journal and from what it shows."""

    DONE = "done"
    AGAIN = "again"
    NEXT = "next"
    LOOK = "a person must look"
    NOT_SEEN = "not seen"
    WAITS = "waits"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class NodeFound:
    """One node of a stopped run.

    Args:
        name: inventory name.
        journal: the last step that the journal has of it, and how that ended.
        shows: what the node shows now.
        conclusion: what follows.
        step: the step that is done next on it; None if there is none, or nobody can tell.
    """

    name: str
    journal: str
    shows: str
    conclusion: Conclusion
    step: str | None = None

    def document(self) -> FoundNode:
        """Return it as the document of a renewal has it."""
        return {
            "name": self.name,
            "journal": self.journal,
            "shows": self.shows,
            "conclusion": self.conclusion,
            "step": self.step,
        }


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """One node as the job sees it now.

    Args:
        name: inventory name.
        shows: what it shows, in words; why it does not answer, if it does not.
        answers: it could be looked at.
    """

    name: str
    shows: str
    answers: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """The journal of a unit as it was before anything was looked up, to be held beside what the nodes show.

    Args:
        last: the last step of each node, with how it ended.
        left_out: names of nodes that take no part.
    """

    last: Mapping[str, Record]
    left_out: frozenset[str]

    @classmethod
    def of(cls, unit: str, records: Iterable[Record], left_out: frozenset[str]) -> Comparison:
        """Take down what the journal says now.

        Args:
            unit: the unit's name.
            records: the journal's, in order.
            left_out: names of nodes that take no part.
        """
        mine = (
            record for record in records if record.cluster == unit and record.event in (Event.INTENT, Event.OUTCOME)
        )
        return cls({record.node: record for record in mine if record.node and record.step}, left_out)

    def with_left(self, nodes: Iterable[NodeSeen], left: Iterable[Step]) -> tuple[NodeFound, ...]:
        """Return the nodes of a unit that goes on.

        Args:
            nodes: as they are seen now.
            left: the steps that are left.
        """
        first: dict[str, str] = {}
        for step in left:
            if not step.kind.is_check:
                first.setdefault(step.node, step.action)
        return tuple(self._node(node, *self._follows(node, first.get(node.name))) for node in nodes)

    def with_error(self, nodes: Iterable[NodeSeen], error: MmpError | None = None) -> tuple[NodeFound, ...]:
        """Return the nodes of a unit that does not go on.

        Args:
            nodes: as they are seen now.
            error: why; of one node, if it names one.
        """
        blamed = error.node if error else None
        return tuple(self._node(node, Conclusion.LOOK if node.name == blamed else Conclusion.WAITS) for node in nodes)

    def _follows(self, node: NodeSeen, action: str | None) -> tuple[Conclusion, str | None]:
        if action is None:
            return Conclusion.DONE, None
        said = self.last.get(node.name)
        was_tried = said is not None and _action(said) == action and said.result != StepResult.DONE
        return (Conclusion.AGAIN if was_tried else Conclusion.NEXT), action

    def _node(self, node: NodeSeen, conclusion: Conclusion, step: str | None = None) -> NodeFound:
        if node.name in self.left_out:
            conclusion, step = Conclusion.LEFT_OUT, None
        elif not node.answers:
            conclusion, step = Conclusion.NOT_SEEN, None
        said = self.last.get(node.name)
        return NodeFound(node.name, _said(said), node.shows, conclusion, step)


def _said(record: Record | None) -> str:
    if record is None:
        return "nothing was begun"
    if record.event == Event.INTENT:
        return f"{_action(record)} was begun, its end was not seen"
    return (
        f"{_action(record)} ended well" if record.result == StepResult.DONE else f"{_action(record)}: {record.result}"
    )


def _action(record: Record) -> str:
    return StepKey.parse(record.step or "").action
