"""The parts of a rotation, and how far each cluster has come in them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from mmpctl.documents.issuing.rotate import ProblemDocument
from mmpctl.enums import Word


class Part(Word):
    """One part of a rotation, in their order; the word is that of the command that does it alone."""

    CSR = "csr"
    SIGN = "sign"
    CHECK = "check"
    STAGE = "stage"
    PLAN = "plan"
    RENEW = "renew"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a cluster cannot go on.

    Args:
        part: that it stands in the way of.
        node: inventory name; None if it is of the whole cluster.
        message: what happened.
        cure: what to do about it.
        locked: another run works on the cluster.
        run: the run that has to end first; None if none does.
    """

    part: Part
    node: str | None
    message: str
    cure: str
    locked: bool = False
    run: str | None = None

    def document(self) -> ProblemDocument:
        """Return it as JSON."""
        return {
            "part": self.part,
            "node": self.node,
            "message": self.message,
            "cure": self.cure,
            "run": self.run,
        }


@dataclass(slots=True)
class Preparation:
    """How far clusters are before the window.

    Args:
        certs: the folder of requests and certificates.
        clusters: their names, in the order of the inventory.
        parts: the last part that each has begun with.
        problems: why some do not go on, by cluster.
        notes: what a person should know, by cluster; those of none under an empty name.
    """

    certs: Path
    clusters: tuple[str, ...]
    parts: dict[str, Part] = field(default_factory=dict)
    problems: dict[str, list[Problem]] = field(default_factory=lambda: defaultdict(list))
    notes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def going(self) -> tuple[str, ...]:
        """The clusters that nothing stands in the way of."""
        return tuple(name for name in self.clusters if not self.problems.get(name))

    def begin(self, part: Part) -> tuple[str, ...]:
        """Return the clusters that go on with a part, and remember that they do.

        Args:
            part: that begins.
        """
        self.parts.update(dict.fromkeys(self.going, part))
        return self.going
