"""Whether a file in a run's folder is still the one that was written down."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mmpctl.evidence.model import FileNow


def state_now(path: Path, sha256: str) -> FileNow:
    """Return whether a file is `the same`, `another`, or `missing`.

    Args:
        path: of the file.
        sha256: what it had, lower-case hex.
    """
    if not path.is_file():  # a pipe would keep us waiting
        return FileNow.MISSING
    try:
        return FileNow.SAME if sha256_of(path) == sha256 else FileNow.OTHER
    except OSError:
        return FileNow.MISSING


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, lower-case hex.

    Args:
        path: of the file.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
