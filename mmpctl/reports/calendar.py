"""Events as a calendar file (iCalendar, RFC 5545): all-day events, each with an alarm in the morning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

import mmpctl
from mmpctl.reports.sanitize import harmless

# Of a line in the file, without its end: longer ones are folded.
_LINE_BYTES = 75
# After the beginning of the day.
_ALARM = "PT9H"


@dataclass(frozen=True, slots=True)
class Event:
    """One day's event.

    Args:
        uid: the same for the same event, so that a calendar replaces it.
        day: when.
        summary: its title.
        description: more, with line ends.
    """

    uid: str
    day: date
    summary: str
    description: str


def calendar(events: Iterable[Event], made_at: datetime) -> str:
    """Return a calendar file.

    Args:
        events: in order; a calendar of none is no valid one.
        made_at: aware.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//mmpctl//mmpctl {mmpctl.__version__}//EN",
        "METHOD:PUBLISH",
        *(line for event in events for line in _event(event, made_at)),
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(event: Event, made_at: datetime) -> Iterator[str]:
    summary = _escaped(event.summary)
    yield "BEGIN:VEVENT"
    yield f"UID:{_escaped(event.uid)}"
    yield f"DTSTAMP:{made_at.astimezone(timezone.utc):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{summary}"
    yield f"DESCRIPTION:{_escaped(event.description)}"
    yield "TRANSP:TRANSPARENT"
    yield "BEGIN:VALARM"
    yield "ACTION:DISPLAY"
    yield f"DESCRIPTION:{summary}"
    yield f"TRIGGER:{_ALARM}"
    yield "END:VALARM"
    yield "END:VEVENT"


def _escaped(text: str) -> str:
    shown = harmless(text, lines=True)
    for mark in ("\\", ";", ","):
        shown = shown.replace(mark, f"\\{mark}")
    return shown.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Return the line, broken by a line end and a blank if it is too long, never within a character."""
    pieces: list[str] = []
    piece = ""
    for character in line:
        # The blank at the beginning of a piece counts too.
        if len(f"{piece}{character}".encode()) > _LINE_BYTES - bool(pieces):
            pieces.append(piece)
            piece = ""
        piece += character
    return "\r\n ".join((*pieces, piece))
