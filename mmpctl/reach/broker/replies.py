"""The worker's way back to a desk: lines go out in whole pieces, each confirmed; and whether anybody listens."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from types import TracebackType
from typing import Final

from amqp.exceptions import MessageNacked, NotFound
from celery import Celery
from kombu.messaging import Producer

from mmpctl.reach.broker.broker_trouble import BROKER_ERRORS
from mmpctl.reach.broker.carried_task import ADVICE, BEGUN, BROKER_SECONDS, CAUSE, WORD, within_bounds
from mmpctl.reach.broker.names import replies_exchange, replies_queue, site_user

_TRANSIENT: Final = 1
# While a desk's queue is full: at first, and at most.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0


class NobodyListens(Exception):
    """The desk has gone away, or does not listen to this conversation any more."""


class Replies:
    """Answers one conversation, for a `with` block.

    Args:
        app: Celery, with the settings of the broker.
        site: the name of the site.
        desk: who asks.
        conversation: its id.
        begun: the id of this start of the site's program.
    """

    def __init__(self, app: Celery, site: str, desk: str, conversation: str, begun: str) -> None:
        self._site = site
        self._desk = desk
        self._conversation = conversation
        self._begun = begun
        self._connection = app.connection_for_write(heartbeat=0)

    def __enter__(self) -> Replies:  # noqa: PYI034 - Self came with Python 3.11
        within_bounds(self._connection)
        self._producer = Producer(self._connection.channel(), auto_declare=False)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with suppress(*BROKER_ERRORS):
            self._connection.release()

    def has_listener(self) -> bool:
        """Return whether the desk takes answers of this site."""
        try:
            told = self._connection.default_channel.queue_declare(replies_queue(self._site, self._desk), passive=True)
        except NotFound:
            return False
        return bool(told.consumer_count)

    def send(self, text: bytes) -> None:
        """Send whole lines, and wait until the broker has them.

        Args:
            text: of the lines.

        Raises:
            NobodyListens: the desk's queue is full, and nobody takes from it.
        """
        self._publish(text, is_word=False)

    def say(self, cause: str, advice: str = "") -> None:
        """Say in place of the site why it cannot go on.

        Args:
            cause: goes on after the site's name.
            advice: what to do.

        Raises:
            NobodyListens: the desk's queue is full, and nobody takes from it.
        """
        self._publish(json.dumps({CAUSE: cause, ADVICE: advice}).encode(), is_word=True)

    def _publish(self, text: bytes, *, is_word: bool) -> None:
        pause = _FIRST_PAUSE
        while True:
            with suppress(MessageNacked):
                self._producer.publish(
                    text,
                    exchange=replies_exchange(self._site),
                    routing_key=self._desk,
                    content_type="application/json",
                    content_encoding="binary",
                    correlation_id=self._conversation,
                    user_id=site_user(self._site),
                    headers={BEGUN: self._begun, WORD: is_word},
                    delivery_mode=_TRANSIENT,
                    mandatory=True,
                    confirm_timeout=BROKER_SECONDS,
                )
                return
            # The queue is full: the desk is slow, or gone.
            if not self.has_listener():
                raise NobodyListens
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
