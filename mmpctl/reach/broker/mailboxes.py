"""The mailboxes of a desk, one for each site that is being asked: all who ask it at the same time share that one."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from celery import Celery

from mmpctl.reach.address import BrokerAddress
from mmpctl.reach.broker.broker_files import BrokerFiles, read_broker_files
from mmpctl.reach.broker.carried_task import app_for
from mmpctl.reach.broker.inbox import Inbox
from mmpctl.reach.broker.mailbox import Mailbox
from mmpctl.reach.broker.names import require_desk, require_site


class Mailboxes:
    """Opens a mailbox for the first conversation with a site, and gives it back with the last."""

    def __init__(self) -> None:
        self._apps: dict[BrokerAddress, tuple[Celery, BrokerFiles]] = {}
        self._open: dict[tuple[BrokerAddress, str], Mailbox] = {}
        self._lock = threading.Lock()
        self._locks: defaultdict[tuple[BrokerAddress, str], threading.Lock] = defaultdict(threading.Lock)

    def prepare(self, address: BrokerAddress, site: str) -> None:
        """Check what can be checked before anybody is asked.

        Args:
            address: of the broker.
            site: the name of the site.

        Raises:
            UsageError: a name cannot be carried, or the files for the broker are wrong.
        """
        require_site(site)
        self._access(address)

    @contextmanager
    def listening(self, address: BrokerAddress, site: str, conversation: str) -> Iterator[tuple[Mailbox, Inbox]]:
        """Listen to a conversation with a site.

        Args:
            address: of the broker.
            site: the name of the site.
            conversation: its id.

        Raises:
            SiteLost: the broker cannot be used, or another command of this desk asks the site.
        """
        app, files = self._access(address)
        place = (address, site)
        with self._lock:
            lock = self._locks[place]
        with lock:
            mailbox = self._open.get(place)
            if mailbox is None or mailbox.is_lost:
                mailbox = self._open[place] = Mailbox(app, site, address, files)
            inbox = mailbox.join(conversation)
        try:
            yield mailbox, inbox
        finally:
            with lock:
                mailbox.leave(conversation)
                if not mailbox.conversations:
                    if self._open.get(place) is mailbox:
                        del self._open[place]
                    mailbox.close()

    def _access(self, address: BrokerAddress) -> tuple[Celery, BrokerFiles]:
        with self._lock:
            known = self._apps.get(address)
            if known is None:
                files = read_broker_files(address.files)
                require_desk(files.user)
                known = self._apps[address] = (app_for(address, files), files)
            return known
