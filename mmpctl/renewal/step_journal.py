"""What is written into the journal about one step, and what is read back from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmpctl.cluster.step import StepKey
from mmpctl.errors import MmpError
from mmpctl.runs.journal import Journal
from mmpctl.runs.record import Event, Record, StepResult
from mmpctl.tasks.awaited import NotAccepted


class StepLedger:
    """The journal's records of one step.

    Args:
        journal: the run's journal.
        unit: the unit's name.
        key: of the step.
        undoes: it only puts right what the journal has on disk, and is done even if the journal cannot be written.
    """

    def __init__(self, journal: Journal, unit: str, key: StepKey, *, undoes: bool = False) -> None:
        self._journal = journal
        self._unit = unit
        self._key = key
        self._undoes = undoes
        self.intended = False

    @property
    def part(self) -> str:
        """What of its node the step is about; empty for the node as a whole."""
        return self._key.part

    def intend(self, command: str, before: Mapping[str, Any] | None = None) -> None:
        """Write the intention to disk before the device is sent the command.

        Args:
            command: what is going to be sent.
            before: what the node reports right before, as JSON, for commands that change its unit: whoever looks
                later can tell whether anything has changed since.
        """
        self._write(Event.INTENT, command=command, detail={"before": dict(before)} if before else None)
        self.intended = True

    def question(self, text: str) -> None:
        """The exact question, on disk before it is answered."""
        self._write(Event.QUESTION, detail={"question": text})

    def accept(self) -> None:
        """The device took the answer and came back to its prompt."""
        self._write(Event.ACCEPTED)

    @property
    def was_accepted(self) -> bool:
        """The device was seen to take the answer, in this part of the run or an earlier one."""
        mine = (self._unit, str(self._key), Event.ACCEPTED)
        return any((record.cluster, record.step, record.event) == mine for record in self._journal.records)

    @property
    def attempts(self) -> int:
        """How often the step was started before, in all parts of the run."""
        mine = (self._unit, str(self._key), Event.INTENT)
        return sum((record.cluster, record.step, record.event) == mine for record in self._journal.records)

    @property
    def evidence(self) -> Mapping[str, Any]:
        """Return what the journal keeps of the step's last outcome; empty if it has none."""
        mine = (self._unit, str(self._key), Event.OUTCOME)
        ends = (r.detail for r in reversed(self._journal.records) if (r.cluster, r.step, r.event) == mine)
        return next(ends, {})

    def settle(self, evidence: Mapping[str, Any]) -> None:
        """The step was seen to end well."""
        self._write(Event.OUTCOME, result=StepResult.DONE, detail=dict(evidence))

    def end(self, result: StepResult, error: MmpError) -> None:
        """The step ended otherwise; nothing is written when it was never intended."""
        if self.intended:
            self._write(Event.OUTCOME, result=result, detail={"code": error.code, "message": error.message})

    def not_done(self, error: NotAccepted) -> None:
        """A look found that a step of which only the beginning was seen was not done.

        Args:
            error: what the look has shown.
        """
        self.intended = True
        self.end(StepResult.NOT_ACCEPTED, error)

    def not_known(self, error: MmpError) -> None:
        """A look found nothing that tells how a step ended: it may have been done, and stays open.

        Args:
            error: what the look has shown.
        """
        self.intended = True
        self.end(StepResult.UNKNOWN, error)

    def take_back(self, error: MmpError) -> None:
        """The step was taken for done, and what came afterwards shows that it is not."""
        self._write(Event.OUTCOME, result=StepResult.REFUSED, detail={"code": error.code, "message": error.message})

    def _write(
        self,
        event: Event,
        command: str | None = None,
        result: StepResult | None = None,
        detail: dict[str, Any] | None = None,
    ) -> Record:
        append = self._journal.keep if self._undoes else self._journal.append
        return append(
            event,
            self._unit,
            node=self._key.node,
            step=str(self._key),
            command=command,
            result=result,
            detail=detail or {},
        )


def endings(journal: Journal, unit: str) -> dict[StepKey, str]:
    """Return how the steps ended that did not end well, in the words that were told, by the step's key.

    Args:
        journal: the run's journal.
        unit: the unit's name.
    """
    told: dict[StepKey, str] = {}
    for record in journal.records:
        key = record.key
        if record.cluster != unit or key is None or record.event not in (Event.INTENT, Event.OUTCOME):
            continue
        told.pop(key, None)
        if record.event == Event.OUTCOME and record.result != StepResult.DONE:
            told[key] = record.detail["message"]
    return told
