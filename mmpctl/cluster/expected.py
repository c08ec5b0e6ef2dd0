"""How long something takes, about: a least, and a most where there is one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Expected:
    """How long something takes, about.

    Args:
        least: seconds.
        most: seconds; None if it has no upper end, and nobody knows.
        grows_with: what makes it longer, if there is no upper end.
    """

    least: int
    most: int | None
    grows_with: str | None = None

    @property
    def words(self) -> str:
        """As a person says it: `20 s to 2 min`."""
        if self.most is not None:
            return f"{_words(self.least)} to {_words(self.most)}"
        why = f", grows with {self.grows_with}" if self.grows_with else ""
        return f"{_words(self.least)} and more{why}"

    @property
    def brief(self) -> str:
        """The same in few letters: `20 s to 2 min`, `3 min +`."""
        return self.words if self.most is not None else f"{_words(self.least)} +"


def _words(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{(seconds + 30) // 60} min"
