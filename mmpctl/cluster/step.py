"""One step of a plan: its kind, its place, and the key that names it within a run. Nothing here is of one job only."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from mmpctl.cluster.expected import Expected
from mmpctl.cluster.job_words import JobWords

_AGAIN = ":again"
# No name of a node has one: nodes' names are names of folders.
_PART = "/"


class StepKey(NamedTuple):
    """The stable name of a step within a run; in a journal it is its text.

    Args:
        action: the name of the step's kind.
        node: inventory name.
        again: the second step of that kind on the node.
        part: of the node that it is about, e.g. a service; empty for the node as a whole.
    """

    action: str
    node: str
    again: bool = False
    part: str = ""

    def __str__(self) -> str:
        part = f"{_PART}{self.part}" if self.part else ""
        return f"{self.action}:{self.node}{part}{_AGAIN if self.again else ''}"

    @classmethod
    def parse(cls, text: str) -> StepKey:
        """Return the key that a text names: `remove:lon-1`, `backup:lon-1:again`, `disable:lon-1/webadmin`.

        Args:
            text: as a journal has it.
        """
        action, _, rest = text.partition(":")
        node, _, part = rest.removesuffix(_AGAIN).partition(_PART)
        return cls(str(action), node, rest.endswith(_AGAIN), part)


class StepKind(ABC):
    """What all steps of one kind have in common, without a device: words, times, and what they do to their node.

    Args of the class:
        words: what its job calls things.
        name: as a journal, JSON and people call it.
        verb: how its command begins; what the step is given follows.
        doing: what is being done, for whoever watches; `{nodes}` stands for the nodes.
        comes_first: whether a plan that begins with such a step has not touched the unit yet.
        touches: whether the unit is not any more what it was once such a step has begun.
        returns: whether its node waits outside until the step is done.
        destroys: whether something of the node is lost with it.
        is_check: whether it changes nothing and is made for all nodes together, at the end.
        expected: how long it takes, about.
    """

    words: ClassVar[JobWords]
    name: ClassVar[str]
    verb: ClassVar[str]
    doing: ClassVar[str]
    expected: ClassVar[Expected]
    comes_first: ClassVar[bool] = False
    touches: ClassVar[bool] = True
    returns: ClassVar[bool] = False
    destroys: ClassVar[bool] = False
    is_check: ClassVar[bool] = False

    def command(self, *payload: str) -> str:
        """Return what is sent for a step of this kind.

        Args:
            payload: what the step is given: names, an address.
        """
        return " ".join((self.verb, *payload))

    @abstractmethod
    def effect(self, step: Step, plan: tuple[Step, ...], lead: str) -> str:
        """Return what a step does to its node, in a short phrase.

        Args:
            step: of this kind.
            plan: all steps.
            lead: inventory name of the node that the others follow, if there is one.
        """


class PlainKind(StepKind):
    """A kind whose steps all do the same to their node.

    Args of the class:
        does: what they do, in a short phrase.
    """

    does: ClassVar[str] = "untouched"

    def effect(self, step: Step, plan: tuple[Step, ...], lead: str) -> str:
        """Return what a step does to its node."""
        return self.does


@dataclass(frozen=True, slots=True)
class Step:
    """One action on one node; steps of one wave run side by side.

    Args:
        number: position in the plan, from 1.
        wave: position of its wave, from 1; a wave begins when the one before has ended well.
        node: inventory name.
        kind: what is done.
        payload: what it is done with: the names of files or of a backup, an address.
        again: the second step of that kind on the node.
        part: of the node that it is about, e.g. a service; empty for the node as a whole.
    """

    number: int
    wave: int
    node: str
    kind: StepKind
    payload: tuple[str, ...] = ()
    again: bool = False
    part: str = ""

    @property
    def action(self) -> str:
        """The name of its kind."""
        return self.kind.name

    @property
    def command(self) -> str:
        """What is typed on the device; for an upload, what is sent."""
        return self.kind.command(*self.payload)

    @property
    def key(self) -> StepKey:
        """The stable name of the step within a run."""
        return StepKey(self.kind.name, self.node, self.again, self.part)
