"""Carries one request of a desk to the site's program, and its lines back, as long as somebody listens."""

from __future__ import annotations

import logging
import math
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from celery import Celery

from mmpctl.reach.answer_lines import ALIVE_SECONDS, Alive, End, Failure, Hello, Line, read_line
from mmpctl.reach.broker.over_conversations import OverConversations
from mmpctl.reach.broker.replies import NobodyListens, Replies
from mmpctl.reach.broker.site_program import SiteProgram
from mmpctl.reach.wire import WireError

logger = logging.getLogger(__name__)

# A desk waits for a minute; nobody is served who says that it waits for longer.
_LONGEST_SECONDS: Final = 300.0
_ITS_LOG: Final = "Look at the log of `mmpctl worker` at the site, and at the program that it starts."


@dataclass(frozen=True, slots=True)
class CarriedRequest:
    """A request as it came to the worker.

    Args:
        desk: who asks, as the broker has found by its certificate.
        conversation: its id.
        requests: the request by version of the wire.
        within: so long may it have waited, seconds.
        received: when the worker took it, by this machine's monotonic clock.
    """

    desk: str
    conversation: str
    requests: Mapping[str, str]
    within: float
    received: float

    @property
    def is_late(self) -> bool:
        """Whether it has waited here so long that nobody expects it to be begun with."""
        return time.monotonic() - self.received > min(self.within, _LONGEST_SECONDS)


class Carrier:
    """Carries requests of one site.

    Args:
        app: Celery, with the settings of the broker.
        site: the name of the site.
        program: the command that serves it.
        over: conversations to which nobody listens.
    """

    def __init__(self, app: Celery, site: str, program: Sequence[str], over: OverConversations) -> None:
        self._app = app
        self._site = site
        self._program = program
        self._over = over

    def carry(self, asked: CarriedRequest) -> None:
        """Serve a request; nothing is started for one that nobody waits for.

        Args:
            asked: the request.

        Raises:
            Exception: one of `BROKER_ERRORS`: the broker went away, and the program was let go.
        """
        try:
            with Replies(self._app, self._site, asked.desk, asked.conversation, uuid.uuid4().hex) as replies:
                listened = _Listened(asked.conversation, replies, self._over)
                listened.require()
                if asked.is_late:
                    replies.say("had no time for it: all its processes are at work", "Give the command again later.")
                else:
                    self._serve(asked, replies, listened)
        except NobodyListens:
            logger.info("the desk %s does not listen: its request was let go", asked.desk)
        finally:
            self._over.forget(asked.conversation)

    def _serve(self, asked: CarriedRequest, replies: Replies, listened: _Listened) -> None:
        try:
            program = SiteProgram(self._program)
        except OSError as error:
            logger.warning("%s does not start (%s)", self._program[0], error.strerror)
            replies.say(f"cannot be reached: its program does not start ({error.strerror})", _ITS_LOG)
            return
        with program:
            pieces = _pieces(program, listened)
            try:
                if self._begin(asked, pieces, program, replies):
                    _pass_on(pieces, program, replies)
            except ValueError as error:
                replies.say(f"sent {error}", _ITS_LOG)

    def _begin(self, asked: CarriedRequest, pieces: Iterator[bytes], program: SiteProgram, replies: Replies) -> bool:
        """Pass the hello on, and ask; false if there is nothing more to tell."""
        for piece in pieces:
            told = [_line(text) for text in piece.splitlines()]
            # Who has a long inventory to read says meanwhile that it is alive.
            line = next((one for one in told if not isinstance(one, Alive)), Alive())
            if isinstance(line, Hello) and line.site != self._site:
                replies.say(
                    f"answers as the site {line.site}",
                    "Correct the option --site of `mmpctl worker`, or of `mmpctl site` in the program that it starts.",
                )
                return False
            # Whatever else is wrong with it, the desk says so.
            replies.send(piece)
            if isinstance(line, Alive):
                continue
            request = asked.requests.get(str(line.wire)) if isinstance(line, Hello) else None
            if request is not None:
                program.ask(request)
            return request is not None
        _tell_end("cannot be reached: its program ended", program, replies)
        return False


class _Listened:
    """Whether anybody listens to a conversation: asked for again once a look is some seconds old."""

    def __init__(self, conversation: str, replies: Replies, over: OverConversations) -> None:
        self._conversation = conversation
        self._replies = replies
        self._over = over
        self._looked = -math.inf

    def require(self) -> None:
        """Look, unless that was done a moment ago.

        Raises:
            NobodyListens: the desk has gone away, or has said that it does not listen to this conversation.
        """
        now = time.monotonic()
        if now - self._looked < ALIVE_SECONDS:
            return
        self._looked = now
        if self._over.is_over(self._conversation) or not self._replies.has_listener():
            raise NobodyListens


def _pieces(program: SiteProgram, listened: _Listened) -> Iterator[bytes]:
    """Yield whole lines as they come, until the output has ended."""
    while not program.has_ended:
        piece = program.lines(ALIVE_SECONDS)
        listened.require()
        if piece:
            yield piece


def _pass_on(pieces: Iterator[bytes], program: SiteProgram, replies: Replies) -> None:
    for piece in pieces:
        replies.send(piece)
        if isinstance(_line(piece.rstrip(b"\n").rpartition(b"\n")[2]), (End, Failure)):
            return
    _tell_end("hung up", program, replies)


def _tell_end(what: str, program: SiteProgram, replies: Replies) -> None:
    how = program.how_it_ended()
    logger.warning("the program of the site ended without an answer%s", how)
    replies.say(f"{what}{how}", _ITS_LOG)


def _line(text: bytes) -> Line | None:
    try:
        return read_line(text)
    except WireError:
        return None
