"""`version`: the release that the node runs."""

from __future__ import annotations

from dataclasses import dataclass

from mmpctl.device.answers.read_command import ReadCommand
from mmpctl.device.answers.ttp_reader import Answer


@dataclass(frozen=True, slots=True)
class Release:
    """The answer of `version`.

    Args:
        release: as printed, e.g. `3.9.1`.
    """

    release: str


def release_of(answer: Answer) -> Release:
    """Build the release from the answer of `version`.

    Raises:
        ParseError: it does not contain exactly one release.
    """
    told = {line.fields["release"] for line in answer.lines if "release" in line.fields}
    if len(answer.lines) != len(told) or len(told) != 1:
        raise answer.error("does not contain exactly one release")
    return Release(told.pop())


VERSION = ReadCommand("version", "version", release_of, while_reading=True, offline=True)
COMMANDS = (VERSION,)
