"""What is wrong in an inventory, and where."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from mmpctl.errors import InventoryError


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written.

    Args:
        file: path as the user wrote it, or the configuration file of another inventory plugin.
        line: counted from 1, where known.
    """

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct in the inventory.

    Args:
        place: file and line.
        host: name of the host or group, if it is about one.
        what: what is wrong, without a full stop.
        cure: what to do.
    """

    place: Place
    host: str | None
    what: str
    cure: str

    def __str__(self) -> str:
        return " · ".join(part for part in (str(self.place), self.host, self.what, self.cure) if part)


class FaultyInventoryError(InventoryError):
    """The inventory was read, and has problems.

    Args:
        problems: all that were found, at least one.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
        lines = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(f"the inventory has {count}:{lines}")
        self.problems = problems


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """Return a hint at the known word that looks most like this one.

    Returns:
        ``did you mean 'x'?``, or an empty string when nothing is close.
    """
    by_folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(str(word).casefold(), by_folded, n=1, cutoff=0.6)
    return f"Did you mean {by_folded[close[0]]!r}?" if close else ""
