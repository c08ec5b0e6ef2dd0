"""What the steps of one unit share, whatever the job: who is told, the journal, and what may lie on the nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mmpctl.cluster.marks import Alone
from mmpctl.cluster.step import StepKey
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.step_journal import StepLedger


@dataclass(slots=True)
class UnitWork:
    """What the steps of one unit share; a job's own has more.

    Args:
        run: the run.
        name: of the unit.
        alone: what may lie on each node without being the sign of somebody else; nothing until somebody has looked.
    """

    run: RunContext
    name: str
    alone: Mapping[str, Alone] = field(default_factory=dict, kw_only=True)

    def note(self, text: str) -> None:
        """Tell whoever watches.

        Args:
            text: worth a line.
        """
        self.run.watch.progress.note(self.name, text)

    def ledger(self, key: StepKey) -> StepLedger:
        """Return the journal's records of a step.

        Args:
            key: of the step.
        """
        return StepLedger(self.run.journal, self.name, key)
