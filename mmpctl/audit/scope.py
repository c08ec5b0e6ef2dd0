"""What an audit looks at besides the certificates in use, and what it counts as due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mmpctl.defaults import BACKUP_DAYS, DUE_DAYS


@dataclass(frozen=True, slots=True)
class Scope:
    """What is the same for all nodes of one audit.

    Args:
        now: the time of the audit, aware.
        due_days: how many days ahead a certificate counts as due.
        presented: knock at the databases' ports too, and compare what they present with their files.
        thorough: let each node inspect all its certificate files, and match them with their keys.
        backups: the folder of `backup --to`; without it, nothing is said about backups.
        backup_days: how many days old the last good backup there may be.
    """

    now: datetime
    due_days: int = DUE_DAYS
    presented: bool = False
    thorough: bool = False
    backups: Path | None = None
    backup_days: int = BACKUP_DAYS
