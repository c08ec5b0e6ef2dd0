"""What the journal says of each node of a stopped run beside what the node shows, and what follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mmpctl.cluster.marks import mark_of, run_of_backup
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
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
        shows: what the node shows now: status, last command, backup and mark of the run.
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
class Comparison:
    """The journal of a cluster as it was before anything was looked up, to be held beside what the nodes show.

    Args:
        run: the run's name.
        last: the last step of each node, with how it ended.
        left_out: names of nodes that take no part.
    """

    run: str
    last: Mapping[str, Record]
    left_out: frozenset[str]

    @classmethod
    def of(cls, run: str, cluster: str, records: Iterable[Record], left_out: frozenset[str]) -> Comparison:
        """Take down what the journal says now.

        Args:
            run: the run's name.
            cluster: the cluster's name.
            records: the journal's, in order.
            left_out: names of nodes that take no part.
        """
        mine = (
            record for record in records if record.cluster == cluster and record.event in (Event.INTENT, Event.OUTCOME)
        )
        return cls(run, {record.node: record for record in mine if record.node and record.step}, left_out)

    def with_left(self, cluster: ObservedCluster, left: Iterable[Step]) -> tuple[NodeFound, ...]:
        """Return the nodes of a cluster that goes on.

        Args:
            cluster: as it is seen now.
            left: the steps that are left.
        """
        first: dict[str, str] = {}
        for step in left:
            if not step.kind.is_check:
                first.setdefault(step.node, step.action)
        return tuple(self._node(node, *self._follows(node, first.get(node.name))) for node in cluster.nodes)

    def with_error(self, cluster: ObservedCluster, error: MmpError | None = None) -> tuple[NodeFound, ...]:
        """Return the nodes of a cluster that does not go on.

        Args:
            cluster: as it is seen now.
            error: why; of one node, if it names one.
        """
        blamed = error.node if error else None
        return tuple(
            self._node(node, Conclusion.LOOK if node.name == blamed else Conclusion.WAITS) for node in cluster.nodes
        )

    def _follows(self, node: ObservedNode, action: str | None) -> tuple[Conclusion, str | None]:
        if action is None:
            return Conclusion.DONE, None
        said = self.last.get(node.name)
        was_tried = said is not None and _action(said) == action and said.result != StepResult.DONE
        return (Conclusion.AGAIN if was_tried else Conclusion.NEXT), action

    def _node(self, node: ObservedNode, conclusion: Conclusion, step: str | None = None) -> NodeFound:
        if node.name in self.left_out:
            conclusion, step = Conclusion.LEFT_OUT, None
        elif not node.answers:
            conclusion, step = Conclusion.NOT_SEEN, None
        said = self.last.get(node.name)
        return NodeFound(node.name, _said(said), "; ".join(self._shown(node)), conclusion, step)

    def _shown(self, node: ObservedNode) -> Iterator[str]:
        status = node.status
        if status is None:
            yield f"{node.trouble} ({node.error})" if node.error else node.trouble
            return
        yield status.status
        if status.last_command:
            yield f"last command '{status.last_command}': {status.last_result or 'no result shown'}"
        if any(run_of_backup(backup.name) == self.run for backup in node.backups or ()):
            yield "it has the run's backup"
        if any(mark.run == self.run for mark in map(mark_of, node.marks) if mark is not None):
            yield "it has the run's mark"


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
