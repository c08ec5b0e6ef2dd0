"""Copies of backups as `backup` leaves them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path


def copy(place: Path, day: str, content: bytes = b"data", node: str = "lon-1") -> Path:
    """Make the copy of a node's backup of one day, with its record."""
    folder = place / node / f"mmpctl-{day}"
    folder.mkdir(parents=True)
    file = folder / f"mmpctl-{day}.bak"
    file.write_bytes(content)
    recorded = {"name": file.name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "backup.json").write_text(json.dumps({"schema": 1, "node": node, "files": [recorded]}))
    return folder
