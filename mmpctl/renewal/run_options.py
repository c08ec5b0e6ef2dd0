"""What is wanted of a run, whatever its job."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mmpctl.renewal.rollout import Rollout
from mmpctl.runs.state import accounted


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What is wanted of a run.

    Args:
        rollout: which clusters go first, how many at a time, and how many may fail.
        runs: the folder of all runs.
        inventory: where the inventory lies, so that `mmpctl resume RUN` finds it; None for where `load` found it.
        other_runs: runs of other machines on which nobody works any more.
        ticket: the id of the ticket with which a desk has it begun at this site; None if it is begun here.
    """

    rollout: Rollout = field(default_factory=Rollout)
    runs: Path = Path("runs")
    inventory: Path | str | None = None
    other_runs: frozenset[str] = frozenset()
    ticket: str | None = None

    def known_runs(self, unit: str) -> frozenset[str]:
        """Return the runs of a unit on which nobody works: their backups on the nodes are no sign of another run.

        Args:
            unit: its name.
        """
        return accounted(self.runs, unit) | self.other_runs
