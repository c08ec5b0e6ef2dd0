"""A connection through a command, e.g. `ssh -W` on a jump host: its input and output become one socket."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from mmpctl.environment import for_programs

_END_SECONDS: Final = 2.0
_COMPLAINT_BYTES: Final = 4096


class ProxySocket(socket.socket):
    """Our end of a command's input and output; closing it ends the command.

    Paramiko's own `ProxyCommand` turns round and round when its command has ended, and waits with `select`, which a
    process of a thousand connections cannot.

    Args:
        command: its words.
        peer: host and port that it leads to.

    Raises:
        OSError: the command cannot be started.
    """

    def __init__(self, command: Sequence[str], peer: tuple[str, int]) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - it is read when the command has ended
                self._process = subprocess.Popen(  # noqa: S603 - the user's own configuration names it
                    list(command),
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    stderr=self._complaints,
                    env=for_programs(),
                    # Ctrl-C ends no connection: what a run has begun is finished.
                    start_new_session=True,
                )
            except BaseException:
                ours.close()
                raise
        super().__init__(fileno=ours.detach())
        self._peer = peer

    def getpeername(self) -> Any:
        """Host and port that the command leads to."""
        return self._peer

    def complaint(self) -> str | None:
        """Return the last line that the command wrote to standard error; None while it runs, or if it wrote nothing."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        if self._process.poll() is None or self._complaints.closed:
            return None
        end = self._complaints.seek(0, os.SEEK_END)
        self._complaints.seek(max(0, end - _COMPLAINT_BYTES))
        lines = self._complaints.read().decode("utf-8", "replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), None)

    def close(self) -> None:
        """Close the connection and end the command."""
        super().close()
        self._complaints.close()
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is None:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, number)
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(_END_SECONDS)
