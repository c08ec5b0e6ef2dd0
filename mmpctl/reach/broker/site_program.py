"""The site's own program as a worker's child: its lines in whole pieces, its request, and its end."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import IO, Final, cast

from mmpctl.reach.lines import child_program
from mmpctl.reach.lines.child_program import exit_words, last_words
from mmpctl.reach.lines.site_line import MOST_BYTES

# What a pipe has room for.
_PIECE: Final = 1 << 16
_KEPT_OF_ERRORS: Final = 4096
# What has begun may come to a good end: the program itself gives it ten seconds.
_END_SECONDS: Final = 12.0
_SOON_SECONDS: Final = 2.0


class SiteProgram:
    """A program that speaks as `mmpctl site` does, for a `with` block.

    Args:
        command: that starts it.

    Raises:
        OSError: it does not start.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - the worker's own command line names it
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Ctrl-C is for the worker, which lets go of it.
            start_new_session=True,
        )
        self._input = cast("IO[bytes]", self._process.stdin)
        self._output = cast("IO[bytes]", self._process.stdout)
        self._errors = cast("IO[bytes]", self._process.stderr)
        self._text = bytearray()
        self._said = bytearray()
        self._asked = bytearray()
        self.has_ended = False
        self._selector = selectors.DefaultSelector()
        for stream in (self._input, self._output, self._errors):
            os.set_blocking(stream.fileno(), False)
        self._selector.register(self._output, selectors.EVENT_READ, self._take)
        self._selector.register(self._errors, selectors.EVENT_READ, self._listen)

    def ask(self, text: str) -> None:
        """Give it the request; it is written as fast as the program reads.

        Args:
            text: one line.
        """
        self._asked += text.encode()
        self._selector.register(self._input, selectors.EVENT_WRITE, self._write)

    def lines(self, seconds: float) -> bytes:
        """Return the whole lines that have come; none if none came in time, or the output has ended.

        Args:
            seconds: that are waited for.

        Raises:
            ValueError: a line is longer than any that a site writes.
        """
        until = time.monotonic() + seconds
        while (end := self._text.rfind(b"\n") + 1) == 0 and not self.has_ended:
            if len(self._text) > MOST_BYTES:
                raise ValueError(f"a line of more than {MOST_BYTES >> 20} MiB")
            ready = self._selector.select(max(0.0, until - time.monotonic()))
            if not ready and time.monotonic() >= until:
                break
            for key, _ in ready:
                key.data()
        whole = bytes(self._text[:end])
        del self._text[:end]
        return whole

    def how_it_ended(self) -> str:
        """Return its exit code and its last words, in brackets and after a colon."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_SOON_SECONDS)
        self._listen()
        return f"{exit_words(self._process.poll())}{last_words(self._said)}"

    def __enter__(self) -> SiteProgram:  # noqa: PYI034 - Self came with Python 3.11
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._selector.close()
        with suppress(OSError):
            self._input.close()
        # It may have more to write than a pipe takes, and would not end by itself.
        self._output.close()
        child_program.end(self._process, _END_SECONDS)
        self._errors.close()

    def _take(self) -> None:
        piece = os.read(self._output.fileno(), _PIECE)
        self._text += piece
        if not piece:
            self.has_ended = True
            self._selector.unregister(self._output)

    def _listen(self) -> None:
        with suppress(BlockingIOError):
            piece = os.read(self._errors.fileno(), _PIECE)
            self._said += piece
            del self._said[:-_KEPT_OF_ERRORS]
            if not piece and self._errors in self._selector.get_map():
                self._selector.unregister(self._errors)

    def _write(self) -> None:
        try:
            done = os.write(self._input.fileno(), self._asked)
        except BlockingIOError:
            return
        # It has ended; its output says so, too.
        except OSError:
            done = len(self._asked)
        del self._asked[:done]
        if not self._asked:
            self._selector.unregister(self._input)
