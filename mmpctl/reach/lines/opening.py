"""Opens the line to a site that its address asks for."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mmpctl.reach.address import BrokerAddress
from mmpctl.reach.lines.program_line import ProgramLine
from mmpctl.reach.lines.site_line import Bounds, SiteLine
from mmpctl.reach.sites_file import RemoteSite

if TYPE_CHECKING:
    from mmpctl.reach.broker.mailboxes import Mailboxes


class Lines:
    """Opens lines to sites.

    Args:
        ssh_config: the configuration file of OpenSSH's client; None for its own.
        bounds: how long a site may say nothing.
    """

    def __init__(self, ssh_config: Path | None, bounds: Bounds) -> None:
        self._ssh_config = ssh_config
        self._bounds = bounds
        self._mailboxes: Mailboxes | None = None
        self._lock = threading.Lock()

    def prepare(self, sites: Iterable[RemoteSite]) -> None:
        """Check what can be checked before any site is asked.

        Args:
            sites: that are going to be asked.

        Raises:
            UsageError: a site cannot be reached as things are.
        """
        for site in sites:
            if isinstance(site.address, BrokerAddress):
                self._at_brokers().prepare(site.address, site.name)

    def open(self, site: RemoteSite) -> SiteLine:
        """Return a line to a site, for a `with` block.

        Args:
            site: where to.

        Raises:
            SiteLost: there is no way to it.
        """
        if isinstance(site.address, BrokerAddress):
            # Celery is loaded only if a site is reached by it.
            from mmpctl.reach.broker.broker_line import BrokerLine  # noqa: PLC0415

            return BrokerLine(site.name, site.address, self._at_brokers(), self._bounds)
        return ProgramLine(site.name, site.address, self._ssh_config, self._bounds)

    def _at_brokers(self) -> Mailboxes:
        from mmpctl.reach.broker.mailboxes import Mailboxes  # noqa: PLC0415

        with self._lock:
            if self._mailboxes is None:
                self._mailboxes = Mailboxes()
            return self._mailboxes
