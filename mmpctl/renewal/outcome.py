"""How a run ends for a unit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mmpctl.cluster.step import Step
from mmpctl.documents.procedure import ProcedureDocument
from mmpctl.documents.services.service_unit import ServiceUnit
from mmpctl.renewal.resume.comparison import NodeFound
from mmpctl.renewal.unit import Unit
from mmpctl.runs.ending import Ending

NOT_CONFIRMED = "not confirmed, nothing was changed: say yes on a terminal, or give --yes"


@dataclass(frozen=True, slots=True)
class PartOutcome:
    """How a run ended for one part of a unit: a service of a node.

    Args:
        node: inventory name.
        part: of the node.
        outcome: the word for it.
        reason: why, in sentences; None when all is well.
        more: the exit code where more is known than the word says.
    """

    node: str
    part: str
    outcome: Ending
    reason: str | None = None
    more: int | None = None

    def document(self) -> ServiceUnit:
        """Return it as the documents have it."""
        code = self.outcome.exit_code if self.more is None else self.more
        return {
            "name": self.node,
            "service": self.part,
            "outcome": self.outcome,
            "code": code,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class UnitOutcome:
    """How a run ended for one unit.

    Args:
        unit: what the job tells of it.
        outcome: the word for it.
        reason: why, in sentences; None when all is well.
        advice: what is safe now and what to do next, one line each.
        remaining: the steps that are left.
        by_hand: the same as a procedure by hand; None if nothing is left.
        found: what a resumed run found before it went on, one line each.
        nodes: what it found of each node, beside what the journal says.
        valid_until: when the first of its certificates expires, ISO 8601, where they are in place; None if it is not
            known.
        more: the exit code where more is known than the word says: another process works on it, or a person must look.
        laid_aside: it stopped with nothing half done: a new run may go on as well as a resumed one.
        parts: how it ended for each part, if the unit has parts that are told of one by one.
        by_hand_file: the file in the run's folder that has the procedure by hand; None if no file has it.
    """

    unit: Unit
    outcome: Ending
    reason: str | None = None
    advice: tuple[str, ...] = ()
    remaining: tuple[Step, ...] = field(default=())
    by_hand: ProcedureDocument | None = None
    found: tuple[str, ...] = ()
    nodes: tuple[NodeFound, ...] = ()
    valid_until: str | None = None
    more: int | None = None
    laid_aside: bool = False
    parts: tuple[PartOutcome, ...] = ()
    by_hand_file: str | None = None

    @property
    def units(self) -> tuple[PartOutcome, ...]:
        """How it ended for each part; where nobody has told, for each as for the whole."""
        named = self.unit.facts.get("units", ())
        return self.parts or tuple(
            PartOutcome(node, part, self.outcome, self.reason, self.more) for node, part in named
        )

    @property
    def name(self) -> str:
        """The unit's name."""
        return self.unit.name

    @property
    def code(self) -> int:
        """The unit's own exit code."""
        return self.outcome.exit_code if self.more is None else self.more

    @property
    def has_failed(self) -> bool:
        """It was started and did not end well: it stopped, or the check afterwards failed."""
        return self.outcome in (Ending.STOPPED, Ending.FAILED)

    def with_validity(self, valid_until: str | None) -> UnitOutcome:
        """Return the outcome with the end of the new certificates, if the unit is known to have them.

        Args:
            valid_until: when the first of them expires, ISO 8601; None if it is not known.
        """
        return (
            replace(self, valid_until=valid_until) if self.outcome in (Ending.RENEWED, Ending.NOTHING_TO_DO) else self
        )
