"""The desk's end of a line to one site: a program that is started here, and what it says, within bounds of time."""

from __future__ import annotations

import os
import selectors
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Final, cast

from mmpctl.errors import MmpError
from mmpctl.reach.answer_lines import SILENT_SECONDS, End, Failure, Hello, Line, read_line
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.reach.verbs import Envelope, request_text
from mmpctl.reach.wire import WireError
from mmpctl.reports.sanitize import harmless

_PIECE: Final = 1 << 16
# A row has some kilobytes; a node with hundreds of CAs has some hundred.
_MOST_BYTES: Final = 16 << 20
_KEPT_OF_ERRORS: Final = 4096
_SHOWN: Final = 200
_END_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a site may say nothing, seconds.

    Args:
        hello: until it has said who it is: its machine is reached, and its program loaded.
        silence: afterwards.
    """

    hello: float = 60.0
    silence: float = SILENT_SECONDS


class SiteLost(MmpError):
    """A site did not answer, or not to the end: of its nodes that it has not told of, nothing is known."""

    code = "site-lost"

    def __init__(self, site: str, cause: str, advice: str = "") -> None:
        super().__init__(
            f"the site {site} {cause}",
            advice=advice
            or "Type the site's address with `ssh` to see if its machine answers, and if `mmpctl site` runs there.",
        )
        self.site = site


class SiteRefuses(SiteLost):
    """A site has answered that it cannot do what it was asked, and why."""


class SiteLine:
    """A line to one site, for a `with` block.

    Args:
        site: where to.
        ssh_config: the configuration file of OpenSSH's client; None for its own.
        bounds: how long it may say nothing.

    Raises:
        SiteLost: the site's program, or the client that leads to it, cannot be started.
    """

    def __init__(self, site: RemoteSite, ssh_config: Path | None = None, bounds: Bounds | None = None) -> None:
        self._site = site
        self._bounds = bounds or Bounds()
        self._text = bytearray()
        self._said = bytearray()
        self._greeted = False
        self._lock = threading.Lock()
        command = site.address.command(ssh_config)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own file of sites names it
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=site.address.environment(),
                # Ctrl-C is for this process, which then hangs up.
                start_new_session=True,
            )
        except OSError as error:
            raise self._lost(f"cannot be reached: {command[0]} does not start ({error.strerror})") from error
        self._input = cast("IO[bytes]", self._process.stdin)
        self._output = cast("IO[bytes]", self._process.stdout)
        self._errors = cast("IO[bytes]", self._process.stderr)

    def ask(self, envelope: Envelope) -> None:
        """Send the request.

        Args:
            envelope: the request.

        Raises:
            SiteLost: nobody takes it.
        """
        try:
            self._input.write(request_text(envelope).encode())
            self._input.flush()
        # Of an input that was closed meanwhile.
        except (OSError, ValueError) as error:
            raise self._ended() from error

    def lines(self) -> Iterator[Line]:
        """Yield each line as it comes, up to the last one, the `End`.

        Raises:
            SiteLost: the line ended before, nothing came for too long, or the site says why it cannot go on.
        """
        seconds = self._bounds.hello
        with selectors.DefaultSelector() as selector:
            selector.register(self._output, selectors.EVENT_READ, self._take)
            selector.register(self._errors, selectors.EVENT_READ, self._listen)
            while True:
                line = self._read(self._next(selector, seconds))
                if isinstance(line, Failure):
                    raise SiteRefuses(self._site.name, f"cannot do it: {line.message}", line.advice)
                if isinstance(line, Hello):
                    self._greeted = True
                    seconds = self._bounds.silence
                yield line
                if isinstance(line, End):
                    return

    def hang_up(self) -> None:
        """End it: the site ends by itself, as its input does. May be called from another thread, and twice."""
        with self._lock, suppress(OSError):
            self._input.close()
        for end in (self._process.terminate, self._process.kill):
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_SECONDS)
                break
            end()
        self._process.wait()

    def __enter__(self) -> SiteLine:  # noqa: PYI034 - Self came with Python 3.11
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.hang_up()
        self._output.close()
        self._errors.close()

    def _next(self, selector: selectors.BaseSelector, seconds: float) -> bytes:
        """Return the next whole line."""
        looked = 0
        until = time.monotonic() + seconds
        while (end := self._text.find(b"\n", looked)) < 0:
            looked = len(self._text)
            if looked > _MOST_BYTES:
                raise self._lost(f"sent a line of more than {_MOST_BYTES >> 20} MiB")
            ready = selector.select(max(0.0, until - time.monotonic()))
            if not ready and time.monotonic() >= until:
                raise self._lost(f"did not answer: nothing came for {seconds:.0f} seconds{self._last_said()}")
            for key, _ in ready:
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
        piece = os.read(self._errors.fileno(), _PIECE)
        self._said += piece
        del self._said[:-_KEPT_OF_ERRORS]
        return bool(piece)

    def _ended(self) -> SiteLost:
        """Return how the program ended, which it has or is about to."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        os.set_blocking(self._errors.fileno(), False)
        with suppress(OSError):
            while self._heard():
                pass
        code = self._process.poll()
        how = "" if code is None else f" (exit code {code})" if code >= 0 else f" (signal {-code})"
        return self._lost(f"{'hung up' if self._greeted else 'cannot be reached'}{how}{self._last_said()}")

    def _last_said(self) -> str:
        lines = [line.strip() for line in self._said.decode("utf-8", "replace").splitlines() if line.strip()]
        return f": {harmless(lines[-1])[:_SHOWN].removesuffix('.')}" if lines else ""

    def _read(self, text: bytes) -> Line:
        try:
            return read_line(text)
        except WireError as error:
            shown = harmless(text[:_SHOWN].decode("utf-8", "replace"))
            raise self._lost(f"does not speak as mmpctl does ({error.message}): {shown!r}", error.advice) from None

    def _lost(self, cause: str, advice: str = "") -> SiteLost:
        return SiteLost(self._site.name, cause, advice)
