"""The site's end of a line: one request comes in, lines go out, and when nobody listens any more it is over."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from mmpctl import exit_codes as codes
from mmpctl.errors import UsageError
from mmpctl.fleet.run_on import as_mmp_error
from mmpctl.reach.answer_lines import ALIVE_SECONDS, Alive, End, Failure, Hello, Line, LookedAt, Part, line_text, row_of
from mmpctl.reach.verbs import Envelope, Request, read_request
from mmpctl.reach.wire import WireError

# A request names each of ten thousand nodes in a fraction of it.
_MOST_BYTES: Final = 4 << 20
_PIECE: Final = 1 << 16
# What has begun may come to a good end, but not for ever.
_END_SECONDS: Final = 10.0

Work = Callable[[Request, Callable[[LookedAt | Part], None]], None]


class Conversation:
    """One request and its answer, over two descriptors that nothing else reads or writes.

    Args:
        source: where the request comes from.
        sink: where the lines go.
        alive_seconds: how often it is told that the site is alive.
        nobody: called, from any thread, when nobody listens any more.
    """

    def __init__(
        self, source: int, sink: int, *, alive_seconds: float = ALIVE_SECONDS, nobody: Callable[[], None] | None = None
    ) -> None:
        self._source, self._sink = source, sink
        self._alive_seconds = alive_seconds
        self._nobody = nobody or _end_soon
        self._lock = threading.Lock()
        self._rows = 0
        self._over = threading.Event()

    def hold(self, begin: Callable[[], tuple[Hello, Work]]) -> int:
        """Say who is here, take the request, and answer it.

        Args:
            begin: gives the first line, and what does the work and tells each row; what it raises is told instead.

        Returns:
            The exit code of the contract: 0 if all was told, 2 if it could not be done as it was asked, else 1.
        """
        try:
            with self._alive():
                hello, work = begin()
                self._send(hello)
                envelope = self._request()
                if envelope.held:
                    threading.Thread(target=self._listen, name="listener", daemon=True).start()
                work(envelope.request, self._tell)
            # Whoever has read the last line hangs up, and that is no loss.
            self._over.set()
            self._send(End(self._rows))
        except Exception as error:
            self._over.set()
            told = as_mmp_error(error)
            self._send(Failure(told.code, str(told.message), told.advice))
            return codes.USAGE if isinstance(told, (UsageError, WireError)) else codes.UNEXPECTED
        return codes.DONE

    def _request(self) -> Envelope:
        text = b""
        while not text.endswith(b"\n"):
            piece = os.read(self._source, _PIECE)
            text += piece
            if not piece:
                break
            if len(text) > _MOST_BYTES:
                raise WireError(f"the request is longer than {_MOST_BYTES >> 20} MiB")
        if not text.strip():
            raise WireError("no request came", advice="Write one line of JSON to standard input.")
        return read_request(text)

    def _tell(self, fact: LookedAt | Part) -> None:
        self._send(fact if isinstance(fact, Part) else row_of(fact), rows=1)

    def _send(self, line: Line, rows: int = 0) -> None:
        text = line_text(line).encode()
        with self._lock:
            self._rows += rows
            try:
                while text:
                    text = text[os.write(self._sink, text) :]
            except OSError:
                self._lost()

    @contextmanager
    def _alive(self) -> Iterator[None]:
        done = threading.Event()

        def tell() -> None:
            while not done.wait(self._alive_seconds):
                self._send(Alive())

        teller = threading.Thread(target=tell, name="alive", daemon=True)
        teller.start()
        try:
            yield
        finally:
            done.set()

    def _listen(self) -> None:
        """Read to the end of the input, after which nobody listens."""
        with suppress(OSError):
            while os.read(self._source, _PIECE):
                pass
        self._lost()

    def _lost(self) -> None:
        if not self._over.is_set():
            self._over.set()
            self._nobody()


def _end_soon() -> None:
    """End this process like a Ctrl-C, and if that takes too long, at once."""
    timer = threading.Timer(_END_SECONDS, os._exit, (codes.UNEXPECTED,))
    timer.daemon = True
    timer.start()
    # To the main thread: another one would not be woken up by it.
    main = threading.main_thread().ident
    if main is not None:
        signal.pthread_kill(main, signal.SIGINT)
