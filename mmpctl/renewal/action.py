"""What the engine knows of a kind of step: who permits it, how it is done, looked up, and done by hand."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

from nornir.core.task import Result, Task

from mmpctl.cluster.permit import Permit
from mmpctl.cluster.step import Step, StepKind
from mmpctl.moment import Moment
from mmpctl.procedure.instruction_parts import Document
from mmpctl.procedure.unit_facts import F
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.runs.record import Record

# What is seen of a unit, and the permit that a kind of step takes: None for one that can harm nothing. F is what its
# instructions for people are made of.
S = TypeVar("S")
P = TypeVar("P", bound=Permit | None)


class Action(ABC, Generic[S, P, F]):
    """One kind of step, made for one unit of one run. What it means, lasts and is called is its `kind`'s."""

    kind: ClassVar[StepKind]

    @abstractmethod
    def permit(self, step: Step, now: S) -> P:
        """Return the guards' permit for a step; None for a kind that can harm nothing.

        Args:
            step: of this kind.
            now: the unit as it was seen right before the step's wave.

        Raises:
            RefusedError: a condition does not hold.
        """

    @abstractmethod
    def perform(self, task: Task, step: Step, permit: P, ledger: StepLedger, now: S, seen: Moment) -> Result:
        """Do a step and see that it is done.

        Args:
            task: Nornir's task on the step's node.
            step: of this kind.
            permit: of the guards.
            ledger: the journal's records of the step.
            now: the unit as it was seen right before the step's wave.
            seen: when that was.

        Returns:
            A result with what was seen last of the node, for steps that change it.

        Raises:
            MmpError: it did not end well; the journal says how far it came.
        """

    @abstractmethod
    def look_up(self, task: Task, ledger: StepLedger, begun: Record, now: S) -> str:
        """Find out how a step ended whose end nobody saw, and tell the journal.

        Args:
            task: Nornir's task on the step's node.
            ledger: the journal's records of the step.
            begun: its last intention.
            now: the unit as it is seen now.

        Returns:
            "the device shows … · therefore: done" or "… again".

        Raises:
            MmpError: what the node shows needs a person.
        """

    @staticmethod
    @abstractmethod
    def instructions(facts: F, step: Step) -> Document:
        """Return how a person does a step: what to look at first, to type, to answer, and what must be seen.

        Args:
            facts: of the step's unit.
            step: of this kind.
        """
