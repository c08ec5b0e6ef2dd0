"""The copies that `mmpctl backup --to DIR` keeps here: how old the last good one is, and which ones are too many."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mmpctl.documents.backup import KeptFile, KeptRecord
from mmpctl.documents.checked import DocumentError, checked
from mmpctl.times import read_stamp

RECORD = "backup.json"
_SNAPSHOT = re.compile(r"mmpctl-(\d{8}-\d{6})")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Copy:
    """One backup of one node, as it lies here.

    Args:
        folder: its own folder.
        at: when it was made, aware, UTC.
        files: the names, sizes and SHA-256 that were recorded when it came.
    """

    folder: Path
    at: datetime
    files: tuple[KeptFile, ...]

    @property
    def good(self) -> bool:
        """Every file is there with the size and the SHA-256 that it came with, and one of them is the backup itself."""
        return any(one["name"].endswith(".bak") for one in self.files) and all(map(self._as_it_came, self.files))

    def _as_it_came(self, file: KeptFile) -> bool:
        path = self.folder / file["name"]
        try:
            if path.is_symlink() or path.stat().st_size != file["bytes"] or not file["bytes"]:
                return False
            digest = hashlib.sha256()
            with path.open("rb") as content:
                while chunk := content.read(_CHUNK):
                    digest.update(chunk)
        except OSError:
            return False
        return digest.hexdigest() == file["sha256"]


def copies(place: Path, node: str) -> Iterator[Copy]:
    """Yield the finished copies of one node that this program made, newest first.

    Args:
        place: the folder of `backup --to`.
        node: inventory name.
    """
    own = place / node
    if own.is_symlink() or not own.is_dir():
        return
    for folder in sorted(own.iterdir(), reverse=True):
        named = _SNAPSHOT.fullmatch(folder.name)
        files = _recorded(folder, node) if named and not folder.is_symlink() else None
        if named and files is not None:
            yield Copy(folder, read_stamp(named[1]), files)


def last_good(place: Path, node: str) -> Copy | None:
    """Return the newest copy of a node that is as it came; None if there is none.

    Args:
        place: the folder of `backup --to`.
        node: inventory name.
    """
    return next((one for one in copies(place, node) if one.good), None)


def prune(place: Path, node: str, keep: int) -> tuple[str, ...]:
    """Delete the copies of a node that are older than its newest good ones.

    A file that was not recorded, and whatever else lies in the folders, stays.

    Args:
        place: the folder of `backup --to`.
        node: inventory name.
        keep: how many good copies stay, at least one.

    Returns:
        The names of the snapshots whose copies were deleted; nothing if there are not more than `keep` good ones.
    """
    good = 0
    gone = []
    for one in copies(place, node):
        if good >= max(keep, 1):
            _delete(one)
            gone.append(one.folder.name)
        elif one.good:
            good += 1
    return tuple(gone)


def _delete(one: Copy) -> None:
    # The record last: a copy that was deleted half is still known as one, and deleted the next time.
    for file in one.files:
        (one.folder / file["name"]).unlink(missing_ok=True)
    (one.folder / RECORD).unlink()
    if not any(one.folder.iterdir()):
        one.folder.rmdir()


def _recorded(folder: Path, node: str) -> tuple[KeptFile, ...] | None:
    try:
        record = checked(json.loads((folder / RECORD).read_text(encoding="utf-8")), KeptRecord, RECORD)
    except (OSError, ValueError, DocumentError):
        return None
    sound = record["node"] == node and all(Path(one["name"]).name == one["name"] for one in record["files"])
    return tuple(record["files"]) if sound else None
