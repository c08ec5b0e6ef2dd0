"""`uptime`: how long the node has been up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mmpctl.device.answers.read_command import ReadCommand
from mmpctl.device.answers.ttp_reader import Answer

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Uptime:
    """The answer of `uptime`.

    Args:
        seconds: since the node was started, as exactly as the device shows it.
    """

    seconds: int


def uptime_of(answer: Answer) -> Uptime:
    """Build the time since the start from the answer of `uptime`.

    Raises:
        ParseError: there is no such time or more than one.
    """
    if len(answer.lines) != 1:
        raise answer.error("does not contain exactly one time")
    told = answer.lines[0].fields
    return Uptime(int(told.get("days", "0")) * _DAY + _seconds(told))


def _seconds(told: Mapping[str, str]) -> int:
    found = _CLOCK.fullmatch(told.get("clock", ""))
    if found is None:
        return 60 * int(told.get("minutes", "0"))
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


UPTIME = ReadCommand("uptime", "uptime", uptime_of, while_reading=True, offline=True)
COMMANDS = (UPTIME,)
