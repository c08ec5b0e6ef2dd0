"""The steps that a run has done, from its journal; devices cannot show all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mmpctl.cluster.step import StepKey, StepKind


@dataclass(frozen=True, slots=True)
class History:
    """The settled steps of a run.

    Args:
        settled: the steps whose outcome was seen.
        intended: the steps that were started and whose outcome was not seen.
        keeper: the keeper that the run began with; after the first remove only this counts.
    """

    settled: frozenset[StepKey] = frozenset()
    intended: frozenset[StepKey] = frozenset()
    keeper: str | None = None

    def has(self, action: str, node: str, again: bool = False) -> bool:
        """Return whether that step of that node was seen to end well, and has not been started again since.

        Args:
            action: of the step.
            node: inventory name.
            again: the second of its kind on the node.
        """
        key = StepKey(action, node, again)
        return key in self.settled and key not in self.intended

    def was_intended(self, action: str, node: str, again: bool = False) -> bool:
        """Return whether that step of that node was started, with an outcome that nobody saw.

        Args:
            action: of the step.
            node: inventory name.
            again: the second of its kind on the node.
        """
        return StepKey(action, node, again) in self.intended

    def has_begun(self, kinds: Iterable[StepKind]) -> bool:
        """Return whether any step that changes its unit was started, however it ended.

        Args:
            kinds: of the steps of the job.
        """
        touching = frozenset(kind.name for kind in kinds if kind.touches)
        return any(key.action in touching for key in self.settled | self.intended)


NOTHING_DONE = History()
