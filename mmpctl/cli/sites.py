"""`--engine`: from the options of a command to the sites that it asks, and what is said of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mmpctl.cli import options
from mmpctl.cli.selection import Selection
from mmpctl.errors import UsageError
from mmpctl.reports.sanitize import harmless
from mmpctl.reports.streams import send

if TYPE_CHECKING:
    from mmpctl.documents.asked import SiteDocument
    from mmpctl.reach.desk import Selected
    from mmpctl.reach.engine import Answer, Engine


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
            raise UsageError(
                f"{option} cannot be combined with --engine: the work is done at the sites",
                advice=f"Leave out {option}. If you want it at the sites, give it to `mmpctl site` there.",
            )

    def asked(self) -> dict[str, list[str]]:
        """Return the option as the next command wants it too, for the one that is suggested."""
        return {} if self.engine is None else {"engine": [str(self.engine)]}


def sites_of(file: Path, selection: Selection) -> tuple[Engine, Selected]:
    """Return who carries the requests, and which nodes of which sites are asked.

    Args:
        file: the file of sites.
        selection: which nodes.

    Raises:
        UsageError: the file, the inventory or the selection is wrong.
    """
    from mmpctl.inventory.nodes import nodes_of
    from mmpctl.reach.desk import Selected
    from mmpctl.reach.engine import Engine
    from mmpctl.reach.sites_file import read_sites

    sites = read_sites(file)
    nodes, everybody = selection.among(devices=False)
    selected = Selected(nodes_of(nodes), everybody, sites)
    engine = Engine(_config_of_client(selection.ssh_config))
    names = [site.name for site in selected.by_site()]
    hello, silence = engine.bounds.hello, engine.bounds.silence
    send(
        harmless(
            f"asking {'the site' if len(names) == 1 else f'{len(names)} sites:'} {', '.join(names)}; a site is given "
            f"up if it does not answer within {hello:.0f} seconds, or then says nothing for {silence:.0f}"
        )
        + "\n",
        sys.stderr,
    )
    return engine, selected


def tell_sites(answers: Sequence[Answer]) -> list[SiteDocument]:
    """Say on standard error which sites are away and what is odd about others, each once.

    Args:
        answers: what came of each site.

    Returns:
        The same for the document.
    """
    from mmpctl.cli.error_messages import tell
    from mmpctl.cluster.clocks import TOLERANCE, off_by

    for one in answers:
        if one.error is not None:
            tell(one.error)
        if one.clock_ahead is not None and abs(one.clock_ahead) > TOLERANCE.total_seconds():
            _note(f"the clock of the site {one.site.name} is {off_by(one.clock_ahead)}")
        if one.same_inventory is False:
            _note(
                f"the inventory of the site {one.site.name} differs from its part of this one; "
                "bring the entries of its nodes there"
            )
    return [
        {
            "name": one.site.name,
            "answered": one.hello is not None and one.error is None,
            "error": one.error.told if one.error else None,
            "version": one.hello.version if one.hello else None,
            "rows": one.rows,
            "clock_ahead": None if one.clock_ahead is None else round(one.clock_ahead, 3),
            "same_inventory": one.same_inventory,
        }
        for one in answers
    ]


def _note(text: str) -> None:
    send(harmless(f"note: {text}") + "\n", sys.stderr)


def _config_of_client(option: Path | None) -> Path | None:
    """Return the configuration file for OpenSSH's client; None for its own, which are two."""
    from mmpctl.inventory.ssh_config_file import NONE, VARIABLE, ssh_config_file

    named = option or os.environ.get(VARIABLE)
    return Path(ssh_config_file(named) or NONE) if named else None
