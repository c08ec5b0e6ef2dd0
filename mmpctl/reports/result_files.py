"""Files that results are written to: checked before there is a result, replaced whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

from mmpctl.errors import UsageError


def check_file(path: Path, option: str = "--output-file") -> None:
    """Find out whether `write_file` could write there, before anything is done for what shall be written.

    Args:
        path: where to.
        option: that named it.

    Raises:
        UsageError: it could not.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise _unwritable(option, path, "is a folder")
    if not target.exists() or target.is_file():
        make_folder(target.parent, option, path)
        check_folder(target.parent, option, path)


def make_folder(folder: Path, option: str, path: Path) -> None:
    """Make a folder for results, and those above it, if it does not exist.

    Args:
        folder: where.
        option: that named it.
        path: as it was given.

    Raises:
        UsageError: it cannot be made, or is no folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(option, path, error.strerror) from error


def check_folder(folder: Path, option: str, path: Path) -> None:
    """Find out whether a file could be made in a folder.

    Args:
        folder: where.
        option: that named it.
        path: as it was given.

    Raises:
        UsageError: it could not.
    """
    try:
        # What the permissions say is not all: disks are full, or read-only.
        with tempfile.TemporaryFile(dir=folder, prefix=".mmpctl-") as tried:
            tried.write(b"x")
    except OSError as error:
        raise _unwritable(option, path, error.strerror) from error


def write_file(path: Path, text: str | Iterable[str], option: str = "--output-file") -> None:
    """Replace a file by this text, whole or not at all; a pipe or device is written to as it is.

    Args:
        path: where to.
        text: what, or pieces of it.
        option: that named it.

    Raises:
        UsageError: it cannot be written.
    """
    pieces = (text,) if isinstance(text, str) else text
    target = Path(os.path.realpath(path))
    # Nobody can know the name beforehand, and put a link there.
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    make_folder(target.parent, option, path)
    try:
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            with target.open("w", encoding="utf-8") as there:
                there.writelines(pieces)
            return
        try:
            with draft.open("x", encoding="utf-8") as file:
                file.writelines(pieces)
            if target.exists():
                shutil.copymode(target, draft)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(option, path, error.strerror) from error


def _unwritable(option: str, path: Path, why: str | None) -> UsageError:
    advice = "Name a file in a folder in which you can write." if option == "--output-file" else "Name another folder."
    return UsageError(f"{option} {path}: {why}", code="output", advice=advice)
