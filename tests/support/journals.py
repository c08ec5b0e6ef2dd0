"""Journals of a clock that stands still."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from mmpctl.runs.ending import Ending
from mmpctl.runs.journal import Journal
from mmpctl.runs.record import Event, Record, StepResult

RUN = "20261123-200000-abcd"
NOW = datetime(2026, 11, 23, 20, 0, 0, 5, tzinfo=timezone.utc)


def opened(path: Path, run: str = RUN) -> Journal:
    """A journal with a clock that stands still."""
    return Journal(path, run, lambda: NOW)


def written(path: Path) -> tuple[Record, ...]:
    """A journal of five records, closed."""
    journal = opened(path)
    journal.append(Event.KEEPER, "lon-prod", node="lon-1")
    journal.append(Event.INTENT, "lon-prod", node="lon-2", step="remove:lon-2", command="database cluster remove")
    journal.append(
        Event.QUESTION, "lon-prod", node="lon-2", step="remove:lon-2", detail={"question": "Sure?\n(Y/n) – ü"}
    )
    journal.append(
        Event.OUTCOME,
        "lon-prod",
        node="lon-2",
        step="remove:lon-2",
        result=StepResult.DONE,
        detail={"files": [{"bytes": 1}]},
    )
    journal.append(Event.END, "lon-prod", result=Ending.RENEWED)
    journal.close()
    return journal.records
