"""What was said when a run was resumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Said:
    """What the operator said when the run was resumed, and what is known of the run.

    Args:
        certs: the folder of what is put on the nodes, if it has moved.
        other_runs: runs of other machines on which nobody works any more.
        keepers: the node that leads, by unit, if the operator confirms it again.
        reason: why they are the right ones.
        proved: the request is known to be this user's: nobody needs to say again what it says.
        changes: what is not as it was when the run began, to be told, one sentence each.
    """

    certs: Path | None = None
    other_runs: frozenset[str] = frozenset()
    keepers: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    proved: bool = False
    changes: tuple[str, ...] = ()
