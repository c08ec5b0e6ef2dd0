"""Somebody at a terminal, who runs `mmpctl` in it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from pathlib import Path

from tests.support.children import PATIENCE_SECONDS
from tests.support.process import COMMAND


class Person:
    """Somebody at a terminal of 80 columns, who runs `mmpctl` in it.

    Args:
        arguments: of the command.
        place: the working directory.
        environment: of the process.
    """

    def __init__(self, arguments: list[str], place: Path, environment: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.seen = ""

        def take_terminal() -> None:
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=place,
            env=environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            preexec_fn=take_terminal,  # noqa: PLW1509 - no threads of ours matter before exec
        )
        os.close(slave)

    def types(self, text: str) -> None:
        """Type now; `\\x03` is Ctrl-C."""
        self.seen = ""
        os.write(self._master, text.encode())

    def waits_for(self, text: str, nudge: str = "") -> None:
        """Read until this is on the screen; `nudge` is typed again, after longer and longer pauses."""
        now, pause = time.monotonic(), 3.0
        until_then, again = now + PATIENCE_SECONDS, now + pause
        while text not in self.seen:
            now = time.monotonic()
            if nudge and now > again:
                # Not only where nothing comes: a live display goes on writing.
                os.write(self._master, nudge.encode())
                pause *= 2
                again = now + pause
            assert now < until_then, self.seen
            left = min(until_then, again if nudge else until_then) - now
            if not select.select([self._master], [], [], max(left, 0))[0]:
                continue
            try:
                self.seen += os.read(self._master, 65536).decode(errors="replace")
            except OSError as error:  # the terminal of a process that has ended
                raise AssertionError(f"{text!r} never came, but {self.seen!r}") from error

    def ends(self) -> int:
        """Read until the process has ended; its exit code."""
        while select.select([self._master], [], [], PATIENCE_SECONDS)[0]:
            try:
                self.seen += os.read(self._master, 65536).decode(errors="replace")
            except OSError:
                break
        return self.process.wait(PATIENCE_SECONDS)

    def leaves(self) -> None:
        """Close the terminal; a process that still runs is ended."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)


def squeezed(text: str) -> str:
    """The text without colours, and without the folds of its lines."""
    return "".join(re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", text).split())
