"""One run at a time on a node, one process at a time on a run: locks of this machine's that end with their process."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mmpctl.errors import MmpError, UsageError
from mmpctl.runs.state_folder import state_folder
from mmpctl.trusted import open_file, require_trusted

_ADVICE = "Wait until it has ended. A lock ends with its process; nothing has to be deleted."
# What a file's name may not hold.
_UNFIT = re.compile(r"[^A-Za-z0-9.-]")


class LockedError(MmpError):
    """Another run works on the cluster, or another process on the run (exit 9)."""

    code = "locked"


def lock_folder() -> Path:
    """Return where the locks lie: the user's state folder, so that two working directories see each other."""
    return state_folder() / "locks"


@contextmanager
def locked(nodes: Iterable[str], holder: dict[str, str], folder: Path | None = None) -> Iterator[None]:
    """Hold the lock of every node given, or of none.

    Args:
        nodes: `hostname:port` of each node.
        holder: who holds it, for the message to the next one: run, pid, user, since.
        folder: where the locks lie; the user's state folder by default.

    Raises:
        LockedError: one of them is held by another run; says by whom.
        UsageError: the locks cannot be written, or others could write them too.
    """
    place = folder or lock_folder()
    with ExitStack() as stack:
        for node in sorted(set(nodes)):
            path = place / (_UNFIT.sub("_", node) + ".lock")
            try:
                require_trusted(place, "the lock")
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
                descriptor = open_file(path, os.O_RDWR | os.O_CREAT, "the lock")
                file = stack.enter_context(os.fdopen(descriptor, "r+", encoding="utf-8"))
            except OSError as error:
                raise UsageError(
                    f"the lock {path} cannot be written ({error.strerror})",
                    code="locks",
                    advice="Make the folder writable, or name another one with XDG_STATE_HOME.",
                ) from error
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                raise LockedError(
                    f"another run is working on {node}: {_told(file.read())}",
                    advice=_ADVICE,
                ) from None
            file.seek(0)
            file.truncate()
            json.dump(holder, file)
            file.flush()
        yield


def lock_journal(descriptor: int, path: Path) -> None:
    """Lock the journal of a run for as long as it is open.

    Args:
        descriptor: the open file; closed if another process has it.
        path: where it lies, for the message.

    Raises:
        LockedError: another process writes it.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise LockedError(f"another process is working on the run {path.parent.name}", advice=_ADVICE) from None


def _told(text: str) -> str:
    try:
        holder = json.loads(text)
        return ", ".join(f"{key} {value}" for key, value in holder.items())
    except (ValueError, AttributeError):
        return "its lock does not name it"
