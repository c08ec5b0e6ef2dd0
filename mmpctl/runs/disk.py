"""Writing files so that they are whole and private, also after a power loss."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_private(path: Path, content: bytes, *, sync: bool = True) -> None:
    """Write a file of mode 0600 that is there whole or not at all.

    Args:
        path: the file; its folder must exist.
        content: all of it.
        sync: make its name survive a power loss as well; whoever writes several files into a folder does that once.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    if sync:
        sync_folder(path.parent)


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write a document as readable JSON, whole or not at all.

    Args:
        path: of the file, which may be there already.
        document: what is written.
    """
    write_private(path, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())


def write_once(path: Path, document: Mapping[str, Any]) -> None:
    """Write a document as JSON into a file that can be put there once, whole or not at all.

    Args:
        path: the file; its folder must exist.
        document: all of it.

    Raises:
        FileExistsError: it is there; of two that write it at the same time, one does.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(document, file)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names in a folder survive a power loss."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
