"""The transcript of each node: what was sent and what came back, with times, without secrets."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Lock

from mmpctl.trusted import open_file


class Transcripts:
    """Keeps what is said on every node: in memory until the run has a folder, then on disk.

    Args:
        clock: gives the time, aware.

    Attributes:
        problem: what they lack and why, one sentence without a full stop; None if they are whole.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._early: dict[str, list[str]] = {}
        self._folder: Path | None = None
        self.problem: str | None = None

    def recorder(self, node: str) -> Callable[[str, str], None]:
        """Return the function that a device session calls with (direction, text); the text is redacted already.

        Args:
            node: inventory name.
        """

        def record(direction: str, text: str) -> None:
            stamp = self._clock().strftime("%H:%M:%S.%f")[:-3]
            mark = {"sent": ">", "received": "<"}.get(direction, "#")
            lines = text.splitlines() or [""]
            entry = "".join(f"{stamp} {mark} {line}\n" for line in lines)
            with self._lock:
                if self._folder is None:
                    self._early.setdefault(node, []).append(entry)
                else:
                    self._record(self._folder / f"{node}.txt", entry)

        return record

    def attach(self, folder: Path) -> None:
        """Write what was kept so far into a folder, and all that follows.

        Args:
            folder: a private folder of the run.

        Raises:
            OSError: it cannot be written; what follows is kept in memory then.
        """
        with self._lock:
            for node, entries in self._early.items():
                _append(folder / f"{node}.txt", "".join(entries))
            self._folder = folder
            self._early.clear()

    def _record(self, path: Path, entry: str) -> None:
        try:
            _append(path, entry)
        except OSError as error:
            # To the session it would be a lost line; what a run must not lose is in its journal, and that stops it.
            self.problem = f"the transcript {path} lacks lines that could not be written ({error.strerror})"


def _append(path: Path, text: str) -> None:
    descriptor = open_file(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, "the transcript")
    # Whatever a device sends, writing it down must not end the session.
    with os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
