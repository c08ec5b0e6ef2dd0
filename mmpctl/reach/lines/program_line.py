"""A line to a site over a program that is started here: OpenSSH's client, or whatever leads to the site."""

from __future__ import annotations

import os
import selectors
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, cast

from mmpctl.reach.address import ProgramAddress
from mmpctl.reach.answer_lines import Alive, End, Hello, Line
from mmpctl.reach.lines import child_program
from mmpctl.reach.lines.child_program import exit_words, last_words
from mmpctl.reach.lines.site_line import MOST_BYTES, Bounds, SiteLine, SiteLost
from mmpctl.reach.verbs import Envelope, Request, request_text

_PIECE: Final = 1 << 16
# So many of them may wait in a pipe (1 MiB, unless root has made it longer).
_PIECES: Final = 16
_KEPT_OF_ERRORS: Final = 4096
_END_SECONDS: Final = 2.0


class ProgramLine(SiteLine):
    """A line to one site over a program.

    Args:
        site: the name of the site.
        address: the program.
        ssh_config: the configuration file of OpenSSH's client; None for its own.
        bounds: how long the site may say nothing.

    Raises:
        SiteLost: the site's program, or the client that leads to it, cannot be started.
    """

    def __init__(self, site: str, address: ProgramAddress, ssh_config: Path | None, bounds: Bounds) -> None:
        super().__init__(site)
        self._bounds = bounds
        self._to_try = address.to_try(ssh_config)
        self._text = bytearray()
        self._said = bytearray()
        self._asked = bytearray()
        self._greeted = False
        self._lock = threading.Lock()
        command = address.command(ssh_config)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own file of sites names it
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=address.environment(),
                # Ctrl-C is for this process, which then hangs up.
                start_new_session=True,
            )
        except OSError as error:
            raise self.lost(f"cannot be reached: {command[0]} does not start ({error.strerror})") from error
        self._input = cast("IO[bytes]", self._process.stdin)
        self._output = cast("IO[bytes]", self._process.stdout)
        self._errors = cast("IO[bytes]", self._process.stderr)
        # A program that does not read what it is asked, or has a grandchild that never stops to write, holds up nobody.
        for stream in (self._input, self._errors):
            os.set_blocking(stream.fileno(), False)

    def converse(self, request: Request) -> Iterator[Line]:
        """Yield each line as it comes, up to the last one, the `End`; the request is sent after the hello.

        Args:
            request: what the site is asked.

        Raises:
            SiteLost: the line ended before, nothing came for too long, or the site says why it cannot go on.
        """
        seconds = self._bounds.hello
        until = time.monotonic() + self._bounds.beginning
        with selectors.DefaultSelector() as selector:
            selector.register(self._output, selectors.EVENT_READ, self._take)
            selector.register(self._errors, selectors.EVENT_READ, self._listen)
            while True:
                line = self.read(self._next(selector, seconds))
                if not self._greeted and isinstance(line, Alive) and time.monotonic() >= until:
                    raise self.nameless(self._bounds.beginning)
                yield line
                if isinstance(line, Hello):
                    self._greeted = True
                    seconds = self._bounds.silence
                    self._asked += request_text(Envelope(request, line.wire, held=True)).encode()
                    selector.register(self._input, selectors.EVENT_WRITE, self._ask)
                if isinstance(line, End):
                    return

    def hang_up(self) -> None:
        """End it: the site ends by itself, as its input does. May be called from another thread, and twice."""
        with self._lock, suppress(OSError):
            self._input.close()
        child_program.end(self._process, _END_SECONDS)

    def close(self) -> None:
        """Hang up, and close what the program has written to."""
        self.hang_up()
        self._output.close()
        self._errors.close()

    def lost(self, cause: str, advice: str = "") -> SiteLost:
        """Return the error for a site that did not answer to the end.

        Args:
            cause: goes on after the site's name.
            advice: what to do; without it, what to type to see more.
        """
        look = f"Type {self._to_try} here: `mmpctl site` must answer with a line of JSON, and nothing else before it."
        return super().lost(cause, advice or look)

    def _ask(self, selector: selectors.BaseSelector) -> None:
        try:
            with self._lock:
                done = os.write(self._input.fileno(), self._asked)
        except BlockingIOError:
            return
        # Of an input that was closed meanwhile.
        except (OSError, ValueError) as error:
            raise self._ended() from error
        del self._asked[:done]
        if not self._asked:
            selector.unregister(self._input)

    def _next(self, selector: selectors.BaseSelector, seconds: float) -> bytes:
        """Return the next whole line."""
        looked = 0
        until = time.monotonic() + seconds
        while (end := self._text.find(b"\n", looked)) < 0:
            looked = len(self._text)
            if looked > MOST_BYTES:
                raise self.lost(f"sent a line of more than {MOST_BYTES >> 20} MiB")
            # However much comes beside it, or is written: only a line is an answer.
            if time.monotonic() >= until:
                raise self.silent(seconds, last_words(self._said))
            for key, _ in selector.select(max(0.0, until - time.monotonic())):
                key.data(selector)
        line = bytes(self._text[:end])
        del self._text[: end + 1]
        return line

    def _take(self, selector: selectors.BaseSelector) -> None:
        piece = os.read(self._output.fileno(), _PIECE)
        if not piece:
            raise self._ended()
        self._text += piece

    def _listen(self, selector: selectors.BaseSelector) -> None:
        if not self._heard():
            selector.unregister(self._errors)

    def _heard(self) -> bool:
        """Read what the program says on standard error; false if that has ended."""
        try:
            piece = os.read(self._errors.fileno(), _PIECE)
        except BlockingIOError:
            return True
        self._said += piece
        del self._said[:-_KEPT_OF_ERRORS]
        return bool(piece)

    def _ended(self) -> SiteLost:
        """Return how the program ended, which it has or is about to."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        # Its last words are at the end of what waits there, which is no more than a pipe takes.
        for _ in range(_PIECES):
            self._heard()
        how = f"{exit_words(self._process.poll())}{last_words(self._said)}"
        return self.lost(f"{'hung up' if self._greeted else 'cannot be reached'}{how}")
