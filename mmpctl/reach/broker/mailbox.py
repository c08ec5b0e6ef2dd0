"""The desk's mailbox for one site: one consumer that nobody else may have, and the conversations that it serves."""

from __future__ import annotations

import selectors
import threading
from collections.abc import Mapping
from contextlib import suppress
from socket import socketpair
from typing import Any, Final

from amqp import Message
from amqp.exceptions import AccessRefused, ChannelError, NotFound
from celery import Celery
from kombu.connection import Connection

from mmpctl.reach.address import BrokerAddress
from mmpctl.reach.broker.broker_files import BrokerFiles
from mmpctl.reach.broker.broker_trouble import BROKER_ERRORS, trouble_of
from mmpctl.reach.broker.carried_task import (
    BEGUN,
    BROKER_SECONDS,
    HEARTBEAT_SECONDS,
    LISTENING,
    REQUESTS,
    TASK,
    WITHIN,
    WORD,
    within_bounds,
)
from mmpctl.reach.broker.inbox import Inbox, Letter
from mmpctl.reach.broker.names import SITES_EXCHANGE, replies_queue, site_queue, site_user
from mmpctl.reach.lines.site_line import SiteLost

# In it, the heart of the connection beats.
_BEAT_SECONDS: Final = 1.0


class Mailbox:
    """The mailbox of a desk for one site, open from the first conversation to the last.

    Args:
        app: Celery, with the settings of the broker.
        site: the name of the site.
        address: of the broker.
        files: of the desk.

    Raises:
        SiteLost: the broker cannot be used, or another command of this desk has the mailbox.
    """

    def __init__(self, app: Celery, site: str, address: BrokerAddress, files: BrokerFiles) -> None:
        self.conversations: dict[str, Inbox] = {}
        self._app = app
        self._site = site
        self._address = address
        self._files = files
        self._sending = threading.Lock()
        self._bell, self._called = socketpair()
        self._lost: SiteLost | None = None
        self._connection: Connection = app.connection_for_read(heartbeat=HEARTBEAT_SECONDS)
        try:
            self._consume()
        except BROKER_ERRORS as error:
            self._close()
            raise self._why(error) from error
        self._reader = threading.Thread(target=self._read, name=f"mailbox of {site}", daemon=True)
        self._reader.start()

    @property
    def is_lost(self) -> bool:
        """Whether nothing can come any more."""
        return self._lost is not None

    def send(self, conversation: str, requests: Mapping[int, str], seconds: float) -> None:
        """Send a request, once.

        Args:
            conversation: its id.
            requests: the request by version of the wire.
            seconds: so long may it wait until it is begun with.

        Raises:
            SiteLost: no worker is there, or the broker did not take it.
        """
        try:
            # One after the other: the message that comes later must know of the one before.
            with self._sending, self._app.connection_for_write() as connection:
                within_bounds(connection)
                self._require_worker(connection)
                self._app.send_task(
                    TASK,
                    kwargs={REQUESTS: {str(wire): text for wire, text in requests.items()}, WITHIN: seconds},
                    task_id=conversation,
                    exchange=SITES_EXCHANGE,
                    routing_key=self._site,
                    connection=connection,
                    # All is there that may be.
                    declare=[],
                    headers={LISTENING: sorted(self.conversations)},
                    user_id=self._files.user,
                    expiration=seconds,
                    mandatory=True,
                    retry=False,
                    confirm_timeout=BROKER_SECONDS,
                    # Not into the headers, which are shown in many places.
                    argsrepr="",
                    kwargsrepr="",
                )
        except BROKER_ERRORS as error:
            raise self._why(error) from error

    def join(self, conversation: str) -> Inbox:
        """Listen to a conversation.

        Args:
            conversation: its id.

        Raises:
            SiteLost: the mailbox was lost meanwhile.
        """
        if self._lost is not None:
            raise self._lost
        inbox = self.conversations[conversation] = Inbox()
        return inbox

    def leave(self, conversation: str) -> None:
        """Listen to a conversation no more."""
        inbox = self.conversations.pop(conversation, None)
        if inbox is not None:
            inbox.close()

    def close(self) -> None:
        """Give the mailbox back."""
        self._bell.send(b"!")
        self._reader.join()
        self._bell.close()
        self._called.close()

    def _consume(self) -> None:
        within_bounds(self._connection)
        channel = self._connection.channel()
        name = replies_queue(self._site, self._files.user)
        channel.basic_consume(name, callback=self._take, exclusive=True, no_ack=True)
        # Nothing is asked yet: what is there is of conversations that are over. Not before it is certain that no other
        # command of this desk waits for it.
        channel.queue_purge(name)

    def _require_worker(self, connection: Connection) -> None:
        told = connection.default_channel.queue_declare(site_queue(self._site), passive=True)
        if not told.consumer_count:
            raise SiteLost(
                self._site,
                f"has no worker at the broker {self._address.place}",
                "Start `mmpctl worker` at the site, and look at its log. Nothing was sent.",
            )

    def _read(self) -> None:
        try:
            with selectors.DefaultSelector() as selector:
                socket = self._connection.connection.transport.sock
                selector.register(socket, selectors.EVENT_READ)
                selector.register(self._called, selectors.EVENT_READ)
                while not self._is_called(selector, socket.pending()):
                    self._connection.heartbeat_check()
        except BROKER_ERRORS as error:
            self._lost = self._why(error)
        finally:
            for inbox in list(self.conversations.values()):
                inbox.close(self._lost)
            self._close()

    def _is_called(self, selector: selectors.BaseSelector, pending: int) -> bool:
        """Take what has come; true if the mailbox is to be given back."""
        ready = {key.fileobj for key, _ in selector.select(0 if pending else _BEAT_SECONDS)}
        if self._called in ready:
            return True
        if ready or pending:
            with suppress(TimeoutError):
                self._connection.drain_events(timeout=_BEAT_SECONDS)
        return False

    def _take(self, message: Message) -> None:
        properties: Mapping[str, Any] = message.properties
        # The broker has compared it with the certificate of whoever sent this.
        if properties.get("user_id") != site_user(self._site):
            return
        inbox = self.conversations.get(properties.get("correlation_id") or "")
        if inbox is not None:
            headers = properties.get("application_headers") or {}
            body = message.body
            text = body.encode() if isinstance(body, str) else bytes(body)
            letter = Letter(text, str(headers.get(BEGUN)), bool(headers.get(WORD)))
            inbox.put(letter, self._connection.connection.send_heartbeat)

    def _why(self, error: BaseException) -> SiteLost:
        if isinstance(error, AccessRefused) and "exclusive" in str(error):
            return SiteLost(
                self._site,
                "is being asked by another command of this desk",
                "Wait until it has ended, or use a desk of another name. Nothing was sent.",
            )
        if isinstance(error, NotFound) or (isinstance(error, ChannelError) and "NO_ROUTE" in str(error)):
            return SiteLost(
                self._site,
                f"or the desk {self._files.user!r} is unknown to the broker {self._address.place}",
                "Import the definitions again, as `mmpctl engine definitions` makes them. Nothing was sent.",
            )
        trouble = trouble_of(error, self._address, self._files.user)
        return SiteLost(
            self._site, f"cannot be reached: the broker {self._address.place} {trouble.cause}", trouble.advice
        )

    def _close(self) -> None:
        with suppress(*BROKER_ERRORS, AttributeError):
            if self._lost is not None:
                # Nobody may be there to say goodbye to.
                self._connection.connection.transport.sock.settimeout(_BEAT_SECONDS)
            self._connection.release()
