"""A file that comes from a node: it appears here under its name when it is whole, and not before."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mmpctl.device.bounds import in_words
from mmpctl.errors import TransferError


class LocalCopy:
    """What has been written of a file so far.

    Args:
        file: to write into.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """SHA-256 of what was written, lower-case hex."""
        return self._digest.hexdigest()

    def write(self, block: bytes) -> None:
        """Write the next block.

        Args:
            block: of the content.
        """
        self._file.write(block)
        self._digest.update(block)
        self.size += len(block)


@contextmanager
def new_file(target: Path, size: int, name: str) -> Iterator[LocalCopy]:
    """Write a file beside its place; it takes its place at the end of the block, unless an error leaves the block.

    Args:
        target: the local file; it is written with mode 0600, and replaces one of that name.
        size: bytes that it will have.
        name: on the node, for errors.

    Raises:
        TransferError: it cannot be written here, or there is no room for it (code `local-disk`).
    """
    part = target.with_name(f"{target.name}.part")
    try:
        _check_room(name, size, target.parent)
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield LocalCopy(file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise TransferError(
            f"{target} cannot be written ({error.strerror or error})",
            code="local-disk",
            advice="Make room, or choose another folder, then try again.",
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _check_room(name: str, size: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if size > free:
        raise TransferError(
            f"{name} has {in_words(size)}, but only {in_words(free)} are free in {folder}",
            code="local-disk",
            advice="Nothing was fetched. Make room, or choose another folder, then try again.",
        )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
