"""`--engine`: from the options of a command to the sites that it asks, and what is said of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mmpctl.cli import options
from mmpctl.cli.selection import Selection
from mmpctl.errors import UsageError
from mmpctl.reports.sanitize import harmless
from mmpctl.reports.streams import send

if TYPE_CHECKING:
    from mmpctl.documents.asked import SiteDocument
    from mmpctl.reach.desk import Selected
    from mmpctl.reach.engine import Answer, Engine
    from mmpctl.reach.site_units import UnitAtSite
    from mmpctl.reach.sites_file import RemoteSite
    from mmpctl.reach.verbs import PlanRequest


# What the program of a site takes as well.
_OF_SITES: Final = frozenset({"backups", "keep", "certs", "runs", "known_hosts", "workers", "processes"})


@dataclass(frozen=True, slots=True)
class Sites:
    """The option that has the work done at the sites.

    Args:
        engine: the file of sites; None if it is done here.
    """

    engine: options.Engine = None

    def check(self, **here: object) -> None:
        """Refuse options that are about this machine.

        Args:
            here: values of options by their names, with `_` for `-`; those that were not given are None.

        Raises:
            UsageError: one of them was given together with the file of sites.
        """
        given = next((name for name, value in here.items() if value is not None), None)
        if self.engine is not None and given is not None:
            option = f"--{given.replace('_', '-')}"
            there = (
                "give it to `mmpctl site` there"
                if given in _OF_SITES
                else "give the command at the site itself, without --engine"
            )
            raise UsageError(
                f"{option} cannot be combined with --engine: the work is done at the sites",
                advice=f"Leave out {option}. If you want it at the sites, {there}.",
            )

    def asked(self) -> dict[str, list[str]]:
        """Return the option as the next command wants it too, for the one that is suggested."""
        return {} if self.engine is None else {"engine": [str(self.engine)]}


@dataclass(frozen=True, slots=True)
class ReachedSites(Sites):
    """The same for a command that asks no nodes, and so has no options of its own that say how they are reached.

    Args:
        ssh_config: SSH configuration file, where given.
    """

    ssh_config: options.SshConfig = None


def required_folder(option: str, folder: Path | None, advice: str) -> Path:
    """Return the folder that only sites can do without.

    Args:
        option: its name.
        folder: as it was given; None if it was not.
        advice: what to do.

    Raises:
        UsageError: it was not given.
    """
    if folder is None:
        raise UsageError(f"missing option {option}", advice=advice)
    return folder


def sites_in(file: Path) -> dict[str, RemoteSite]:
    """Return the sites of a file, by name, in its order, if all that they need is installed.

    Args:
        file: the file of sites.

    Raises:
        UsageError: it cannot be read, an entry is not right, or a package is missing.
    """
    from mmpctl.cli.extras import require
    from mmpctl.reach.address import BrokerAddress
    from mmpctl.reach.sites_file import read_sites

    sites = read_sites(file)
    if any(isinstance(site.address, BrokerAddress) for site in sites.values()):
        require("reach", f"an address amqps:// in {file}")
    return sites


def sites_of(file: Path, selection: Selection) -> tuple[Engine, Selected]:
    """Return who carries the requests, and which nodes of which sites are asked.

    Args:
        file: the file of sites.
        selection: which nodes.

    Raises:
        UsageError: the file, the inventory or the selection is wrong.
    """
    selected = _selected(file, selection)
    engine = engine_of(selection.ssh_config)
    tell_asked(engine, [site.name for site in selected.by_site()])
    return engine, selected


def sites_that_renew(
    file: Path, selection: Selection, wanted: Callable[[Sequence[str]], PlanRequest]
) -> tuple[Engine, Selected, PlanRequest, tuple[UnitAtSite, ...]]:
    """Return who carries the requests, what was selected, what is wanted of it, and which site renews what.

    Args:
        file: the file of sites.
        selection: which nodes; whole clusters, unless services are renewed.
        wanted: makes the request of all clusters, or of the services of nodes, given the names of those selected.

    Raises:
        UsageError: the file, the inventory or the selection is wrong.
    """
    from mmpctl.reach.site_units import units_at_sites

    selected = _selected(file, selection, whole_clusters=wanted(()).services is None)
    request = wanted([node.name for node in selected.nodes])
    units = units_at_sites(selected, request)
    engine = engine_of(selection.ssh_config)
    asked = list(dict.fromkeys(unit.at.name for unit in units if unit.at is not None))
    if asked:
        tell_asked(engine, asked)
    return engine, selected, request, units


def _selected(file: Path, selection: Selection, *, whole_clusters: bool = False) -> Selected:
    from mmpctl.inventory.nodes import nodes_of
    from mmpctl.reach.desk import Selected

    sites = sites_in(file)
    nodes, everybody = selection.among(whole_clusters=whole_clusters, devices=False)
    return Selected(nodes_of(nodes), everybody, sites)


def engine_of(ssh_config: Path | None) -> Engine:
    """Return who carries the requests.

    Args:
        ssh_config: SSH configuration file, where given.
    """
    from mmpctl.reach.engine import Engine

    return Engine(_config_of_client(ssh_config))


def tell_asked(engine: Engine, names: Sequence[str]) -> None:
    """Say on standard error which sites are asked, and how long each may say nothing.

    Args:
        engine: carries the requests.
        names: of the sites.
    """
    hello, silence = engine.bounds.hello, engine.bounds.silence
    send(
        harmless(
            f"asking {'the site' if len(names) == 1 else f'{len(names)} sites:'} {', '.join(names)}; a site is given "
            f"up if it does not answer within {hello:.0f} seconds, or then says nothing for {silence:.0f}"
        )
        + "\n",
        sys.stderr,
    )


def tell_sites(answers: Sequence[Answer]) -> list[SiteDocument]:
    """Say on standard error which sites are away and what is odd about others, each once.

    Args:
        answers: what came of each site.

    Returns:
        The same for the document.
    """
    from mmpctl.cli.error_messages import tell
    from mmpctl.reach.sites.sites_told import oddities, site_document

    for one in answers:
        if one.error is not None:
            tell(one.error)
        for odd in oddities(one):
            send(harmless(f"note: {odd}") + "\n", sys.stderr)
    return [site_document(one) for one in answers]


def _config_of_client(option: Path | None) -> Path | None:
    """Return the configuration file for OpenSSH's client; None for its own, which are two."""
    from mmpctl.inventory.ssh_config_file import NONE, VARIABLE, ssh_config_file

    named = option or os.environ.get(VARIABLE)
    return Path(ssh_config_file(named) or NONE) if named else None
