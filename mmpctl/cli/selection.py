"""From the options of a command to the nodes it is about."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mmpctl.cli import options
from mmpctl.errors import UsageError

if TYPE_CHECKING:
    from nornir.core import Nornir

    from mmpctl.inventory.nodes import Node

DEFAULT_INVENTORY = Path("inventory")
# What a desk of many sites has in its folder.
_SITES = Path("sites.yaml")


@dataclass(frozen=True, slots=True)
class Selection:
    """The options that say which nodes a command is about.

    Args:
        inventory: folder, or Nornir configuration file.
        site: any of these.
        cluster: any of these.
        role: any of these.
        host: any of these.
        filters: `KEY=VALUE`.
        known_hosts: file with the host keys, where given.
        ssh_config: SSH configuration file, where given.
        workers: nodes worked on at the same time.
    """

    inventory: options.Inventory = DEFAULT_INVENTORY
    site: options.Sites = None
    cluster: options.Clusters = None
    role: options.Roles = None
    host: options.Hosts = None
    filters: options.Filters = None
    known_hosts: options.KnownHosts = None
    ssh_config: options.SshConfig = None
    workers: options.Workers = None

    def asked(self) -> dict[str, list[str]]:
        """Return the options that the next command wants too, for the one that is suggested."""
        # What is in the environment need not be typed.
        usual = Path(os.environ.get("MMP_INVENTORY") or DEFAULT_INVENTORY)
        inventory = self.inventory if self.inventory != usual else None
        given = {"inventory": inventory, "known_hosts": self.known_hosts, "ssh_config": self.ssh_config}
        return {name: [str(path)] for name, path in given.items() if path is not None}

    def chosen(self) -> dict[str, list[str]]:
        """Return which part of the inventory it is, for comparing like with like; empty for all of it."""
        given = {
            "site": self.site,
            "cluster": self.cluster,
            "role": self.role,
            "host": self.host,
            "filter": self.filters,
        }
        return {name: sorted(set(values)) for name, values in given.items() if values}

    def nodes(self, *, whole_clusters: bool = False, devices: bool = True) -> Nornir:
        """Return the nodes, ready to be asked; see `among`."""
        return self.among(whole_clusters=whole_clusters, devices=devices)[0]

    def among(self, *, whole_clusters: bool = False, devices: bool = True) -> tuple[Nornir, tuple[Node, ...]]:
        """Return the nodes, ready to be asked, and all of the inventory that they were selected from.

        Args:
            whole_clusters: a cluster must be selected whole or not at all.
            devices: sign in; without it no credentials are needed.

        Raises:
            UsageError: the inventory, the selection or the credentials are wrong.
        """
        from mmpctl.inventory.nodes import nodes_of
        from mmpctl.inventory.select import require_whole_clusters

        everybody, chosen = self._selected()
        if whole_clusters:
            require_whole_clusters(everybody, chosen)
        if devices:
            _sign_in(chosen)
        return chosen, nodes_of(everybody)

    def with_neighbours(self) -> tuple[Nornir, frozenset[str], tuple[Node, ...]]:
        """Return the nodes and all that work with them, ready to be asked, beside what they were selected from.

        Returns:
            The nodes; the names of those that were selected; all nodes of the inventory.

        Raises:
            UsageError: the inventory, the selection or the credentials are wrong.
        """
        from mmpctl.inventory.deployments import with_neighbours
        from mmpctl.inventory.nodes import nodes_of

        everybody, chosen = self._selected()
        selected, nodes = frozenset(chosen.inventory.hosts), nodes_of(everybody)
        together = with_neighbours(selected, nodes)
        looked_at = everybody.filter(filter_func=lambda host: host.name in together)
        _sign_in(looked_at)
        return looked_at, selected, nodes

    def _selected(self) -> tuple[Nornir, Nornir]:
        from mmpctl.device.questions import check_reviewed
        from mmpctl.inventory.load import load
        from mmpctl.inventory.reviewed_file import reviewed_file
        from mmpctl.inventory.select import select

        everybody = load(self.inventory, known_hosts=self.known_hosts, ssh_config=self.ssh_config, workers=self.workers)
        reviewed = reviewed_file(everybody.config)
        if reviewed is not None:
            # Its first use comes when nodes have left their cluster: a mistake in it must be told before.
            check_reviewed(reviewed)
        chosen = select(
            everybody,
            sites=self.site or (),
            clusters=self.cluster or (),
            roles=self.role or (),
            hosts=self.host or (),
            filters=self.filters or (),
        )
        return everybody, chosen


def _sign_in(nodes: Nornir) -> None:
    from mmpctl.cli.first_login import prove_typed, remember_selected
    from mmpctl.inventory.sign_in import sign_in

    remember_selected(nodes)
    try:
        prove_typed(nodes, sign_in(nodes))
    except UsageError as error:
        # A desk has neither host keys nor accounts: whoever forgets --engine is not sent to fetch them.
        if not Path(_SITES).is_file():
            raise
        advice = f"If the work is to be done at the sites of {_SITES}, add --engine {_SITES}. Else: {error.advice}"
        raise UsageError(error.message, code=error.code, advice=advice) from error


@dataclass(frozen=True, slots=True)
class RunNodes:
    """The options that say how to reach the nodes of a run, which knows itself which nodes they are.

    Args:
        inventory: folder, or Nornir configuration file; None for the one that the run began with.
        known_hosts: file with the host keys, where given.
        ssh_config: SSH configuration file, where given.
        workers: nodes worked on at the same time.
    """

    inventory: options.RunsInventory = None
    known_hosts: options.KnownHosts = None
    ssh_config: options.SshConfig = None
    workers: options.Workers = None

    def selection(self, inventory: Path) -> Selection:
        """Return all nodes of the inventory.

        Args:
            inventory: the one that the run began with.
        """
        return Selection(
            self.inventory or inventory,
            known_hosts=self.known_hosts,
            ssh_config=self.ssh_config,
            workers=self.workers,
        )
