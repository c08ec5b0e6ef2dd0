"""A node's backups: those on the node, and the evidence that one is on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BackupOnNode:
    """A backup that lies on a node.

    Args:
        name: of the snapshot, without extension.
        bytes: size of its `.bak`; None if it is not known.
        modified: when it was written, by the node's own clock, aware, UTC; None if it is not known.
    """

    name: str
    bytes: int | None = None
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class BackupFile:
    """One file of a backup, as it lies here.

    Args:
        name: on the device.
        path: relative to the run folder (or the folder of `mmpctl backup`).
        bytes: its size, the same here and on the device.
        sha256: lower-case hex.
        fetched_twice: both fetches had this SHA-256.
    """

    name: str
    path: str
    bytes: int
    sha256: str
    fetched_twice: bool


@dataclass(frozen=True, slots=True)
class Backup:
    """A node's backup.

    Args:
        node: inventory name.
        files: the `.bak`, and the `.json` where the device has one.
    """

    node: str
    files: tuple[BackupFile, ...]

    @property
    def verified(self) -> bool:
        """Nothing is empty, and the `.bak` came twice alike; a live `.json` may change between two fetches."""
        baks = [file for file in self.files if file.name.endswith(".bak")]
        return (
            bool(baks)
            and all(file.fetched_twice for file in baks)
            and all(file.bytes > 0 and len(file.sha256) == 64 for file in self.files)
        )
