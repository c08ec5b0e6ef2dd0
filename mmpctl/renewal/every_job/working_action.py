"""What does a step with what the steps of its unit share, and the table of all that a job has."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from mmpctl.cluster.step import Step
from mmpctl.procedure.instruction_parts import Document
from mmpctl.procedure.unit_facts import F
from mmpctl.renewal.action import Action, P, S

# What the steps of a unit share.
W = TypeVar("W")


class WorkingAction(Action[S, P, F], Generic[S, P, F, W]):
    """One kind of step, made for one unit of one run.

    Args:
        work: what the steps of the unit share.
    """

    def __init__(self, work: W) -> None:
        self.work = work


def instructions_of(actions: Iterable[type[Action[Any, Any, F]]]) -> dict[str, Callable[[F, Step], Document]]:
    """Return how a person does each kind of step, by its name.

    Args:
        actions: of a job.
    """
    return {action.kind.name: action.instructions for action in actions}


def actions_of(actions: Iterable[type[WorkingAction[S, Any, F, W]]], work: W) -> dict[str, Action[S, Any, F]]:
    """Return what does the steps of one unit, by the name of their kind.

    Args:
        actions: of the job.
        work: what the steps of the unit share.
    """
    return {action.kind.name: action(work) for action in actions}
