"""The steps that a run has done, from its journal; devices cannot show all of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class History:
    """The settled steps of a run.

    Args:
        settled: keys of the steps whose outcome was seen (`Step.key`).
        intended: keys of the steps that were started and whose outcome was not seen.
        keeper: the keeper that the run began with; after the first remove only this counts.
    """

    settled: frozenset[str] = frozenset()
    intended: frozenset[str] = frozenset()
    keeper: str | None = None

    def has(self, action: str, node: str, again: bool = False) -> bool:
        """Return whether that step of that node was seen to end well, and has not been started again since."""
        key = step_key(action, node, again)
        return key in self.settled and key not in self.intended

    def was_intended(self, action: str, node: str, again: bool = False) -> bool:
        """Return whether that step of that node was started, with an outcome that nobody saw."""
        return step_key(action, node, again) in self.intended


def step_key(action: str, node: str, again: bool = False) -> str:
    """The stable name of a step within a run: `remove:lon-1`; `backup:lon-1:again` for the keeper's second backup."""
    return f"{action}:{node}:again" if again else f"{action}:{node}"


NOTHING_DONE = History()
