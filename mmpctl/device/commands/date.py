"""`date`: the time on the node."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from mmpctl.device.answers.read_command import ReadCommand
from mmpctl.device.answers.ttp_reader import Answer, Line

_UTC = frozenset({"UTC", "GMT", "Z"})
_SECONDS_END = len("2026-01-31T12:00:00")


@dataclass(frozen=True, slots=True)
class NodeClock:
    """The answer of `date`.

    Args:
        utc: the node's time, aware, UTC; None if its time zone is not told.
    """

    utc: datetime | None


def clock_of(answer: Answer) -> NodeClock:
    """Build the time from the answer of `date`.

    Raises:
        ParseError: there is no time or more than one, or there is no such day.
    """
    times = [line for line in answer.lines if "zone" not in line.fields]
    zones = [line.fields["zone"] for line in answer.lines if "zone" in line.fields]
    if len(times) != 1 or len(zones) > 1:
        raise answer.error("does not contain exactly one time")
    try:
        moment, zone = _words(times[0]) if "words" in times[0].fields else _numbers(times[0])
    except ValueError:
        raise answer.error("contains a time that does not exist", times[0]) from None
    if zone is not None and zone[0] in "+-":
        return NodeClock(moment - _offset(zone))
    # A time without its zone may be local time: what it is in UTC is not known then.
    told = {name for name in (zone, *zones) if name is not None}
    return NodeClock(moment if told and told <= _UTC else None)


def _words(line: Line) -> tuple[datetime, str | None]:
    """Return the time as if it were UTC, and its zone."""
    found = line.fields["words"].split()
    zone = None if ":" in found[-2] else found.pop(-2)
    month, day, clock, year = found[-4:]
    return _as_utc(f"{year} {month} {day} {clock}", "%Y %b %d %H:%M:%S"), zone


def _numbers(line: Line) -> tuple[datetime, str | None]:
    """Return the time as if it were UTC, and its zone."""
    text = line.fields["numbers"]
    zone = text[_SECONDS_END:].lstrip(".0123456789").strip()
    return _as_utc(f"{text[:10]} {text[11:_SECONDS_END]}", "%Y-%m-%d %H:%M:%S"), zone or None


def _as_utc(text: str, form: str) -> datetime:
    return datetime.strptime(text, form).replace(tzinfo=timezone.utc)


def _offset(zone: str) -> timedelta:
    length = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return -length if zone[0] == "-" else length


DATE = ReadCommand("date", "date", clock_of, while_reading=True, offline=True)
COMMANDS = (DATE,)
