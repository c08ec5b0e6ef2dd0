"""The report of a run: `report.json` and `report.html`, made from the run's folder and how it ended."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from mmpctl.evidence.collect import gather, read_document
from mmpctl.evidence.model import Evidence, Problem
from mmpctl.reports.reminder import REMINDER_FILE, reminder
from mmpctl.reports.run.page import Transcript, run_page
from mmpctl.reports.run.view import units
from mmpctl.runs.disk import write_private
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.signature import signature_of
from mmpctl.times import iso_microseconds
from mmpctl.trusted import PlaceError, open_file

JSON_FILE, PAGE_FILE = "report.json", "report.html"

# What is shown of a node's transcript, from its end, in bytes.
TRANSCRIPT_BYTES = 200_000


def leave_report(
    folder: RunFolder,
    outcome: Mapping[str, Any],
    clock: Callable[[], datetime],
    note: Callable[[str, str], object],
    missing: str | None = None,
) -> None:
    """Write the report at the end of a run; if that fails, a message is shown.

    Args:
        folder: the run's folder.
        outcome: the document of `renew` or `resume`.
        clock: gives the time, aware, UTC.
        note: shows a message about a unit; here about none.
        missing: what the transcripts lack, if they lack anything.
    """
    for problem in (missing, write_report(folder, outcome, clock)):
        if problem:
            note("", problem)


def write_report(folder: RunFolder, outcome: Mapping[str, Any], clock: Callable[[], datetime]) -> str | None:
    """Write how a run ended, with its evidence, as JSON and as a page.

    Args:
        folder: the run's folder.
        outcome: the document of `renew` or `resume`.
        clock: gives the time, aware.

    Returns:
        None when both are written; else what could not be, for a note: how a run ended does not depend on it.
    """
    try:
        evidence = gather(folder)
        now = clock()
        told = {"told_at": iso_microseconds(now), **outcome}
        left = _leave_reminder(folder, evidence, told, now)
        told["reminder"] = REMINDER_FILE if left else None
        # A signature over the report of before fits this one no more.
        signature_of(folder.path / JSON_FILE).unlink(missing_ok=True)
        folder.write(JSON_FILE, {**told, "made_at": iso_microseconds(now), "evidence": evidence.document()})
        write_private(folder.path / PAGE_FILE, _page(folder, evidence, told, now).encode("utf-8", "replace"))
    except Exception as error:  # whatever it is, the renewal itself has ended as it has
        why = (error.strerror if isinstance(error, OSError) else None) or f"{type(error).__name__}: {error}"
        return f"the report of the run could not be written ({why}): `mmpctl runs {folder.name} -o html` makes it again"
    return None


def rewrite_report(folder: RunFolder, clock: Callable[[], datetime]) -> str | None:
    """Write the report again, e.g. after the run was closed; how it ended before is kept.

    Args:
        folder: the run's folder.
        clock: gives the time, aware.

    Returns:
        What could not be written, for a note.
    """
    outcome, _ = _outcome(folder)
    return write_report(folder, outcome or {"schema": 1, "command": "runs", "run": folder.name, "clusters": []}, clock)


def page(folder: RunFolder, clock: Callable[[], datetime]) -> str:
    """Return the page of a run, made again from its folder.

    Args:
        folder: the run's folder.
        clock: gives the time, aware.
    """
    outcome, problems = _outcome(folder)
    evidence = gather(folder)
    return _page(folder, replace(evidence, problems=(*evidence.problems, *problems)), outcome, clock())


def _leave_reminder(folder: RunFolder, evidence: Evidence, told: Mapping[str, Any], now: datetime) -> bool:
    """Write the reminder for the next renewal, or delete an earlier one that no longer holds."""
    text = reminder(folder.name, units({**told, "evidence": evidence.document()}), now)
    path = folder.path / REMINDER_FILE
    if text is None:
        path.unlink(missing_ok=True)
    else:
        write_private(path, text.encode())
    return text is not None


def _page(folder: RunFolder, evidence: Evidence, outcome: Mapping[str, Any], now: datetime) -> str:
    made = {**outcome, "made_at": iso_microseconds(now), "evidence": evidence.document()}
    return run_page(made, tuple(transcripts(folder)))


def transcripts(folder: RunFolder, limit: int = TRANSCRIPT_BYTES) -> Iterable[Transcript]:
    """Yield the transcript of each node, or the end of a long one.

    Args:
        folder: the run's folder.
        limit: bytes of each that are kept.
    """
    home = folder.path / "transcripts"
    for path in sorted(home.glob("*.txt")) if home.is_dir() else ():
        yield _transcript(path, limit)


def _transcript(path: Path, limit: int) -> Transcript:
    try:
        with os.fdopen(open_file(path, os.O_RDONLY, "the transcript"), "rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(size - limit, 0))
            text = file.read(limit).decode("utf-8", "replace")
    except OSError as error:
        return Transcript(path.stem, f"it cannot be read: {error.strerror}", 0, 0)
    except PlaceError as error:
        return Transcript(path.stem, error.told, 0, 0)
    if size > limit:
        # The first line that is left is a piece of one.
        text = text.partition("\n")[2] or text
    return Transcript(path.stem, text, size, max(size - limit, 0))


def _outcome(folder: RunFolder) -> tuple[dict[str, Any], list[Problem]]:
    """Return how the run ended, as it was told then; empty for a run that nobody lived to tell of."""
    if not (folder.path / JSON_FILE).exists():
        return {}, []
    problems: list[Problem] = []
    told = read_document(folder, JSON_FILE, problems)
    return {key: value for key, value in told.items() if key not in ("made_at", "evidence")}, problems
