"""The files in a folder and in those below it; what cannot be looked into is told, and not passed over."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path


def files_below(folder: Path, refuse: Callable[[OSError], None], *, follow: bool = False) -> Iterator[Path]:
    """Yield the plain files in a folder and below it, in the order of their names.

    Args:
        folder: where to begin.
        refuse: called for each folder or file that may not be looked at.
        follow: go through links to folders as well, through each folder once.
    """
    seen: set[tuple[int, int]] = set()
    for place, below, files in os.walk(folder, onerror=refuse, followlinks=follow):
        try:
            told = Path(place).stat()
            if (told.st_dev, told.st_ino) in seen:
                below.clear()
                continue
            seen.add((told.st_dev, told.st_ino))
        except OSError as error:
            refuse(error)
            continue
        below.sort()
        for name in sorted(files):
            file = Path(place, name)
            try:
                if is_kind(file, stat.S_ISREG):
                    yield file
            except OSError as error:
                refuse(error)


def is_there(path: Path) -> bool:
    """Return whether a path leads anywhere; what may not be looked at is not taken for absent.

    Args:
        path: a file or folder, or a link to one.

    Raises:
        OSError: nobody can tell.
    """
    return is_kind(path, lambda _: True)


def is_kind(path: Path, kind: Callable[[int], bool]) -> bool:
    """Return whether a path leads to something of a kind; what may not be looked at is not taken for absent.

    Args:
        path: a file or folder, or a link to one.
        kind: such as `stat.S_ISDIR`.

    Raises:
        OSError: nobody can tell.
    """
    try:
        # Not `is_file`: newer releases of Python take what may not be looked at for something that is not there.
        return kind(path.stat().st_mode)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return False
        raise
