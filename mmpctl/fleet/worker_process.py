"""Starts a worker as a process of its own, and hears what it says."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from mmpctl.environment import for_programs
from mmpctl.errors import MmpError
from mmpctl.fleet.line import Line
from mmpctl.fleet.messages import Gone, Setup

# The same modules are found as here, and none in the working directory. The script that was started here is not
# started there, whatever it is: with `multiprocessing` it would be.
_PROGRAM: Final = "import sys; sys.path[:] = {path!r}; from mmpctl.fleet.worker import main; main({descriptor})"
_END_SECONDS: Final = 5.0
_numbers = itertools.count(1)


class WorkerLost(MmpError):
    """A worker has ended before it had told what came of a host."""

    code = "worker-lost"

    @staticmethod
    def with_host(name: str, how: str) -> WorkerLost:
        """Return the error for a host that was worked on in it.

        Args:
            name: of the host.
            how: the worker ended, as `how_it_ended` says.
        """
        return WorkerLost(
            f"the process in which it was worked on {how}",
            node=name,
            advice="Look at it again. If this machine has too little memory, use fewer processes (--processes).",
        )


class WorkerProcess:
    """A worker, from its start to its end.

    Args:
        setup: what it works with.
        heard: called with each message, and at last with `Gone`, from a thread of its own.

    Raises:
        OSError: no process can be started.
    """

    def __init__(self, setup: Setup, heard: Callable[[WorkerProcess, object], None]) -> None:
        self.number = next(_numbers)
        self._heard = heard
        ours, theirs = socket.socketpair()
        with theirs:
            program = _PROGRAM.format(path=sys.path, descriptor=theirs.fileno())
            try:
                self._process = _started(program, theirs.fileno())
            except BaseException:
                ours.close()
                raise
        self._ready = False
        self._socket = ours
        self._line = Line(os.dup(ours.fileno()))
        self._reader = threading.Thread(target=self._read, args=(setup,), name=f"worker-{self.number}", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def send(self, message: object) -> None:
        """Send a message; one to a worker that is gone is lost, and `Gone` tells that it is.

        Args:
            message: one of `mmpctl.fleet.messages`.
        """
        with suppress(OSError):
            self._line.send(message)

    def begin_end(self) -> None:
        """Have the process end, whatever it is doing; it ends when it has read to the end."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def end(self) -> None:
        """End the process, and wait until it has ended."""
        self.begin_end()
        if not self._ready:
            # It is still being loaded, and would be to the end before it looks at the line.
            self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()
        self._line.close()
        self._socket.close()

    def how_it_ended(self) -> str:
        """Return what the system says of the end of the process, which is over or about to be."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        code = self._process.poll()
        if code is None:
            return "hung up"
        if code >= 0:
            return f"ended with exit code {code}"
        with suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
        return f"was ended by signal {-code}"

    def _read(self, setup: Setup) -> None:
        try:
            # Here, for it may take the worker a while to begin to read, and nobody else waits for that.
            self._line.send(setup)
            while True:
                message = self._line.receive()
                self._ready = True
                self._heard(self, message)
        except (EOFError, OSError):
            self._heard(self, Gone())


def _started(program: str, descriptor: int) -> subprocess.Popen[bytes]:
    # Until the worker knows what Ctrl-C means, it must not hear it: what is blocked here is blocked in the child.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-c", program], stdin=subprocess.DEVNULL, pass_fds=(descriptor,), env=for_programs()
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
