"""A line to a site over a broker: a worker there starts the site's program, and passes its lines on."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack

from mmpctl.reach.address import BrokerAddress
from mmpctl.reach.answer_lines import READABLE, End, Hello, Line
from mmpctl.reach.broker.carried_task import ADVICE, CAUSE
from mmpctl.reach.broker.inbox import Closed, Inbox, Letter
from mmpctl.reach.broker.mailboxes import Mailboxes
from mmpctl.reach.lines.site_line import MOST_BYTES, SHOWN, Bounds, SiteLine, SiteLost
from mmpctl.reach.verbs import Envelope, Request, request_text
from mmpctl.reports.sanitize import harmless

_ADVICE = "Look at the log of `mmpctl worker` at the site."


class BrokerLine(SiteLine):
    """A line to one site over a broker.

    Args:
        site: the name of the site.
        address: of the broker.
        mailboxes: of this desk.
        bounds: how long the site may say nothing.
    """

    def __init__(self, site: str, address: BrokerAddress, mailboxes: Mailboxes, bounds: Bounds) -> None:
        super().__init__(site)
        self._address = address
        self._mailboxes = mailboxes
        self._bounds = bounds
        self._id = str(uuid.uuid4())
        self._stack = ExitStack()
        self._inbox: Inbox | None = None
        self._hung_up = False

    def converse(self, request: Request) -> Iterator[Line]:
        """Send the request, in each version that is spoken here, and yield each line as it comes, up to the last one.

        Args:
            request: what the site is asked.

        Raises:
            SiteLost: the line ended before, nothing came for too long, or the site says why it cannot go on.
        """
        requests = {wire: request_text(Envelope(request, wire, held=True)) for wire in READABLE}
        listening = self._mailboxes.listening(self._address, self.site, self._id)
        # Until `close`: a generator that is not heard to its end would hold on to the mailbox.
        mailbox, inbox = self._stack.enter_context(listening)
        self._inbox = inbox
        if self._hung_up:
            raise self.lost("was not asked: it was hung up")
        mailbox.send(self._id, requests, self._bounds.hello)
        yield from self._lines(inbox)

    def hang_up(self) -> None:
        """Hear nothing more: the worker finds that nobody listens. May be called from another thread, and twice."""
        self._hung_up = True
        if self._inbox is not None:
            self._inbox.close()

    def close(self) -> None:
        """Hear nothing more, and give back the mailbox if nobody else listens there."""
        self.hang_up()
        self._stack.close()

    def _lines(self, inbox: Inbox) -> Iterator[Line]:
        seconds, begun, rest = self._bounds.hello, None, b""
        until = time.monotonic() + seconds
        greeted, latest = False, time.monotonic() + self._bounds.beginning
        while True:
            letter = self._next(inbox, until - time.monotonic(), seconds)
            # An acknowledgement that was lost begins the program twice: the first one that is heard is listened to.
            if begun is not None and letter.begun != begun:
                continue
            if letter.is_word:
                raise self._word(letter)
            begun = letter.begun
            *texts, rest = (rest + letter.text).split(b"\n")
            if len(rest) > MOST_BYTES:
                raise self.lost(f"sent a line of more than {MOST_BYTES >> 20} MiB")
            for text in texts:
                line = self.read(text)
                greeted = greeted or isinstance(line, Hello)
                if not greeted and time.monotonic() > latest:
                    raise self.nameless(self._bounds.beginning)
                yield line
                if isinstance(line, End):
                    return
                if isinstance(line, Hello):
                    seconds = self._bounds.silence
            until = time.monotonic() + seconds

    def _next(self, inbox: Inbox, left: float, seconds: float) -> Letter:
        try:
            letter = inbox.take(max(0.0, left))
        except Closed as closed:
            if isinstance(closed.__cause__, SiteLost):
                raise closed.__cause__ from None
            raise self.lost("was not listened to any more") from None
        if letter is None:
            raise self.silent(seconds, advice=_ADVICE)
        return letter

    def _word(self, letter: Letter) -> SiteLost:
        """Return what the worker says in place of the site."""
        try:
            told = json.loads(letter.text)
            cause, advice = str(told[CAUSE]), str(told[ADVICE])
        except (ValueError, KeyError, TypeError):
            return self.lost("has a worker that does not speak as mmpctl does")
        return self.lost(harmless(cause)[: 2 * SHOWN], harmless(advice)[:SHOWN] or _ADVICE)
