"""The progress of a run as lines that go over a wire: a site writes them down, a desk shows what they tell."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mmpctl.cluster.database_words import DATABASE_CLUSTER
from mmpctl.cluster.step import Step, StepKind
from mmpctl.cluster.step_kinds import KINDS
from mmpctl.display.events import Progress, Seen
from mmpctl.enums import Word, assert_never
from mmpctl.errors import MmpError
from mmpctl.reach.wire import from_wire, to_wire
from mmpctl.services.service_steps import SERVICE_KINDS
from mmpctl.services.service_words import SERVICES_JOB

_KINDS: Final[Mapping[str, Mapping[str, StepKind]]] = {DATABASE_CLUSTER: KINDS, SERVICES_JOB: SERVICE_KINDS}


class Happening(Word):
    """What can happen in a run."""

    PLANNED = "planned"
    BEGINS = "begins"
    SAW = "saw"
    NOTE = "note"
    STOPS = "stops"
    ENDS = "ends"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class ToldStep:
    """One step.

    Args:
        job: whose kind of step it is.
        number, wave, node, action, payload, again, part: as a `Step` has them; the action is the name of its kind.
    """

    job: str
    number: int
    wave: int
    node: str
    action: str
    payload: tuple[str, ...] = ()
    again: bool = False
    part: str = ""


@dataclass(frozen=True, slots=True)
class ToldError:
    """How a step failed.

    Args:
        code: of the error.
        message: what happened.
        advice: what to do.
    """

    code: str
    message: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """One line.

    Args:
        at: when it happened, by the clock of the site, aware.
        what: happened.
        unit: of the run; empty if it is about all.
        node: inventory name: the one that leads, or the one that shows something.
        steps: of the plan, or the one that begins or ends.
        text: what is shown, noted, or told of an outcome.
        reason: of an outcome.
        error: of a step that failed.
    """

    at: datetime
    what: Happening
    unit: str = ""
    node: str = ""
    steps: tuple[ToldStep, ...] = ()
    text: str = ""
    reason: str | None = None
    error: ToldError | None = None


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a node showed at the site."""

    brief: str


class Teller:
    """A `Progress` that makes a line of each event; called from several threads.

    Args:
        job: the name of the run's job.
        append: takes each line.
        clock: gives the time, aware.
    """

    def __init__(self, job: str, append: Callable[[str], None], clock: Callable[[], datetime]) -> None:
        self._job = job
        self._append = append
        self._clock = clock

    def queued(self, units: tuple[str, ...]) -> None:
        """Not told: the desk knows what it has sent where."""

    def planned(self, unit: str, lead: str, steps: tuple[Step, ...]) -> None:
        """A unit's steps are known and begin now."""
        self._tell(Happening.PLANNED, unit, node=lead, steps=tuple(map(self._step, steps)))

    def begins(self, unit: str, step: Step) -> None:
        """A step begins on its node."""
        self._tell(Happening.BEGINS, unit, steps=(self._step(step),))

    def saw(self, unit: str, node: str, shown: Seen) -> None:
        """A node shows something new while an operation is awaited."""
        self._tell(Happening.SAW, unit, node=node, text=shown.brief)

    def note(self, unit: str, text: str) -> None:
        """Something worth a line."""
        self._tell(Happening.NOTE, unit, text=text)

    def asked_to_stop(self, text: str, units: Collection[str] | None = None) -> None:
        """The operator wishes to stop; told of all units of the run, which is one site's."""
        self._tell(Happening.STOPS, text=text)

    def ends(self, unit: str, step: Step, error: MmpError | None) -> None:
        """A step has ended, well or not."""
        told = ToldError(error.code, str(error.message), error.advice) if error else None
        self._tell(Happening.ENDS, unit, steps=(self._step(step),), error=told)

    def finished(self, unit: str, outcome: str, reason: str | None) -> None:
        """A unit has come to its end, or was not started at all."""
        self._tell(Happening.FINISHED, unit, text=str(outcome), reason=reason)

    def as_of(self, at: datetime) -> AbstractContextManager[None]:
        """A site tells what happens as it happens."""
        return nullcontext()

    def paused(self) -> AbstractContextManager[None]:
        """Nothing to hold back."""
        return nullcontext()

    def _tell(self, what: Happening, unit: str = "", **more: Any) -> None:
        event = ToldEvent(self._clock(), what, unit, **more)
        self._append(json.dumps(to_wire(event), separators=(",", ":")))

    def _step(self, step: Step) -> ToldStep:
        return ToldStep(
            self._job, step.number, step.wave, step.node, str(step.action), step.payload, step.again, step.part
        )


def read_event(told: object) -> ToldEvent:
    """Return the event that a line tells.

    Args:
        told: as `json.loads` gives it.

    Raises:
        WireError: it is none.
    """
    return from_wire(told, ToldEvent, "the event")


class Replay:
    """Has a `Progress` hear what a site tells, as if it happened here.

    A site of a later release may have steps that are not known here, and lines may be missing: what cannot be shown is
    left out. `finished` has the units that were told to have come to their end.

    Args:
        progress: is told what happens.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._planned: set[str] = set()
        self.finished: set[str] = set()

    def hear(self, event: ToldEvent) -> None:
        """Tell an event, as of the time at which it happened: times and durations are those of the site.

        Args:
            event: of a site, in the order in which the site has told them.
        """
        with self._progress.as_of(event.at):
            self._hear(event)

    def note(self, text: str) -> None:
        """Tell something that the desk itself has to say.

        Args:
            text: worth a line.
        """
        self._progress.note("", text)

    def _hear(self, event: ToldEvent) -> None:
        unit, steps = event.unit, tuple(step for told in event.steps if (step := _step_of(told)) is not None)
        if event.what is Happening.STOPS:
            # Another site may not have heard of it yet.
            self._progress.asked_to_stop(event.text, tuple(self._planned))
        elif event.what is Happening.NOTE:
            self._progress.note(unit, event.text)
        elif event.what is Happening.FINISHED:
            self.finished.add(unit)
            self._progress.finished(unit, event.text, event.reason)
        elif event.what is Happening.PLANNED:
            self._planned.add(unit)
            self._progress.planned(unit, event.node, steps)
        elif unit in self._planned:
            self._hear_step(event, steps)

    def _hear_step(self, event: ToldEvent, steps: tuple[Step, ...]) -> None:
        if event.what is Happening.SAW:
            self._progress.saw(event.unit, event.node, _Shown(event.text))
        elif event.what is Happening.BEGINS:
            for step in steps:
                self._progress.begins(event.unit, step)
        elif event.what is Happening.ENDS:
            for step in steps:
                self._progress.ends(event.unit, step, _error_of(event.error, step.node))
        elif event.what not in (Happening.STOPS, Happening.NOTE, Happening.FINISHED, Happening.PLANNED):
            assert_never(event.what)


def _step_of(told: ToldStep) -> Step | None:
    kind = _KINDS.get(told.job, {}).get(told.action)
    if kind is None:
        return None
    return Step(told.number, told.wave, told.node, kind, told.payload, told.again, told.part)


def _error_of(told: ToldError | None, node: str) -> MmpError | None:
    return MmpError(told.message, code=told.code, node=node, advice=told.advice) if told else None
