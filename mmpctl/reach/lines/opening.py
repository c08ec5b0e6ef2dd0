"""Opens the line to a site that its address asks for."""

from __future__ import annotations

from pathlib import Path

from mmpctl.reach.lines.program_line import ProgramLine
from mmpctl.reach.lines.site_line import Bounds, SiteLine
from mmpctl.reach.sites_file import RemoteSite


class Lines:
    """Opens lines to sites.

    Args:
        ssh_config: the configuration file of OpenSSH's client; None for its own.
        bounds: how long a site may say nothing.
    """

    def __init__(self, ssh_config: Path | None, bounds: Bounds) -> None:
        self._ssh_config = ssh_config
        self._bounds = bounds

    def open(self, site: RemoteSite) -> SiteLine:
        """Return a line to a site, for a `with` block.

        Args:
            site: where to.

        Raises:
            SiteLost: there is no way to it.
        """
        return ProgramLine(site.name, site.address, self._ssh_config, self._bounds)
