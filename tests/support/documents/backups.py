"""Backups as documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmpctl.cluster.backups import Backup, BackupFile
from mmpctl.errors import MmpError
from mmpctl.fleet.run_on import Outcome
from mmpctl.runbooks.backup import BackupReport, document


def backup() -> Any:
    """The backup of one node, and why there is none of another."""
    snapshot = "mmpctl-20261123-203107"
    name = f"{snapshot}.bak"
    files = tuple(BackupFile(name, f"lon-1/{name}", size, "ab" * 32, True) for size in (12_345_678, 517))
    return document(
        BackupReport(
            Path("/srv/cms/backups"),
            snapshot,
            {"lon-1": "lon-prod", "edge-1": None},
            {
                "lon-1": Outcome(Backup("lon-1", files)),
                "edge-1": Outcome(error=MmpError("the disk of the node is full")),
            },
        )
    )
