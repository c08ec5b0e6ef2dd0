"""The requests of a node laid down in a folder: all of them, or none; what was there before is kept."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from mmpctl.certificates.key_ties import TIES_FILE
from mmpctl.errors import UsageError
from mmpctl.runs.disk import sync_folder, write_private
from mmpctl.runs.lock import LockedError
from mmpctl.signing.files_below import is_there
from mmpctl.signing.requests import USES
from mmpctl.times import stamp
from mmpctl.trusted import require_trusted

# Deeper below the folder than requests are looked for, so that neither a draft nor what was kept is taken for a node.
_DRAFT, _KEPT = ".draft-", ".before-"
_OPEN: Final = (TIES_FILE, *(f"{use}.{kind}" for use in USES for kind in ("csr", "key")))


def prepare(folder: Path) -> None:
    """Make the folder for requests, private, and make sure that nobody else can write in it.

    Args:
        folder: of all requests.

    Raises:
        UsageError: it cannot be made, or others could change what lies in it.
    """
    with _reported(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    require_trusted(folder, "the folder of requests")


@contextmanager
def unless_in_vain(folder: Path) -> Iterator[None]:
    """Remove a folder that was made within the block if the block fails and has put nothing into it.

    Args:
        folder: of all requests.
    """
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        yield
    except BaseException:
        with suppress(OSError):
            for one in made:
                one.rmdir()
        raise


@contextmanager
def prepared(folder: Path) -> Iterator[None]:
    """Prepare the folder, and keep it to this process while the block lasts; what a dead one has half made goes.

    Args:
        folder: of all requests.

    Raises:
        UsageError: it cannot be made, or others could change what lies in it.
        LockedError: another process makes requests there.
    """
    with unless_in_vain(folder):
        prepare(folder)
        with kept_to_one(folder):
            yield


@contextmanager
def kept_to_one(folder: Path) -> Iterator[None]:
    """Keep the folder to this process while the block lasts; what a dead one has half made goes.

    Args:
        folder: of all requests.

    Raises:
        UsageError: it cannot be opened.
        LockedError: another process makes requests there, or has them signed.
    """
    with _reported(folder):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if _locked(descriptor, folder):
            # The keys in a draft were never asked for, and nobody is there any more who would.
            for draft in folder.glob(f"{_DRAFT}*"):
                shutil.rmtree(draft, ignore_errors=True)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int, folder: Path) -> bool:
    """Lock the folder; False if its file system knows no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LockedError(
            f"another process works on the requests in {folder}",
            advice="Wait until it has ended, and give the command again.",
        ) from None
    except OSError:
        return False
    return True


def has_request(folder: Path, cluster: str, node: str) -> bool:
    """Return whether something of a request lies in a node's folder.

    Args:
        folder: of all requests.
        cluster: of the node.
        node: inventory name.

    Raises:
        UsageError: nobody can look.
    """
    place = folder / cluster / node
    try:
        return any(is_there(place / name) for name in _OPEN)
    except OSError as error:
        raise UsageError(
            f"{error.filename} cannot be looked at ({error.strerror})",
            advice="Give yourself the right to read it, or choose another folder.",
        ) from error


def lay_request(folder: Path, cluster: str, node: str, files: Mapping[str, bytes], now: datetime) -> Path | None:
    """Write the files of one node; its folder appears by a rename, with all of them.

    Args:
        folder: of all requests.
        cluster: of the node.
        node: inventory name.
        files: contents by name.
        now: aware; stands in the name of the folder that an earlier request is moved to.

    Returns:
        Where the folder of before lies now; None if there was none.

    Raises:
        UsageError: it cannot be written; the folder of before is where it was.
    """
    place = folder / cluster / node
    with _reported(place):
        draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=folder))
        try:
            made = draft / cluster / node
            made.mkdir(mode=0o700, parents=True)
            for name, content in files.items():
                write_private(made / name, content)
            place.parent.mkdir(mode=0o700, exist_ok=True)
            kept = _make_room(folder, place, cluster, now)
            try:
                made.rename(place)
            except OSError:
                if kept is not None:
                    kept.rename(place)
                raise
            sync_folder(place.parent)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return kept


def _make_room(folder: Path, place: Path, cluster: str, now: datetime) -> Path | None:
    if not os.path.lexists(place):
        return None
    kept = Path(tempfile.mkdtemp(prefix=f"{_KEPT}{stamp(now)}-", dir=folder)) / cluster / place.name
    kept.parent.mkdir(mode=0o700)
    place.rename(kept)
    sync_folder(kept.parent)
    return kept


@contextmanager
def _reported(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"{place} cannot be written ({error.strerror})",
            advice="Make room on the disk, or choose a folder that can be written.",
        ) from error
