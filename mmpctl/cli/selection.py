"""From the options of a command to the nodes it is about, and from a document to the screen."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nornir.core import Nornir
from rich.console import RenderableType

from mmpctl.cli.error_messages import tell
from mmpctl.cli.first_login import names_by_address, prove_typed, refusal_of_all
from mmpctl.device.questions import check_reviewed
from mmpctl.errors import UsageError
from mmpctl.inventory.load import load
from mmpctl.inventory.nodes import Node, nodes_of
from mmpctl.inventory.reviewed_file import reviewed_file
from mmpctl.inventory.select import require_whole_clusters, select
from mmpctl.inventory.sign_in import sign_in
from mmpctl.reports.output import send, write, write_file
from mmpctl.reports.sanitize import harmless

FORMS = ("table", "json")
HTML = "html"
# The nodes of the command, for what is told of them at its end.
_ADDRESSES: dict[str, str] = {}
DEFAULT_INVENTORY = Path("inventory")


@dataclass(frozen=True, slots=True)
class Selection:
    """The options that say which nodes a command is about.

    Args:
        inventory: folder, or Nornir configuration file.
        known_hosts: file with the host keys, where given.
        workers: nodes worked on at the same time.
        sites: any of these.
        clusters: any of these.
        roles: any of these.
        hosts: any of these.
        filters: `KEY=VALUE`.
        ssh_config: SSH configuration file, where given.
    """

    inventory: Path
    known_hosts: Path | None = None
    workers: int | None = None
    sites: Sequence[str] | None = None
    clusters: Sequence[str] | None = None
    roles: Sequence[str] | None = None
    hosts: Sequence[str] | None = None
    filters: Sequence[str] | None = None
    ssh_config: Path | None = None

    def asked(self) -> dict[str, list[str]]:
        """Return the options that the next command wants too, for the one that is suggested."""
        given = {"inventory": self.inventory, "known_hosts": self.known_hosts, "ssh_config": self.ssh_config}
        return {name: [str(path)] for name, path in given.items() if path not in (None, DEFAULT_INVENTORY)}

    def chosen(self) -> dict[str, list[str]]:
        """Return which part of the inventory it is, for comparing like with like; empty for all of it."""
        given = {
            "site": self.sites,
            "cluster": self.clusters,
            "role": self.roles,
            "host": self.hosts,
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
        everybody = load(self.inventory, known_hosts=self.known_hosts, ssh_config=self.ssh_config, workers=self.workers)
        reviewed = reviewed_file(everybody.config)
        if reviewed is not None:
            # Its first use comes when nodes have left their cluster: a mistake in it must be told before.
            check_reviewed(reviewed)
        chosen = select(
            everybody,
            sites=self.sites or (),
            clusters=self.clusters or (),
            roles=self.roles or (),
            hosts=self.hosts or (),
            filters=self.filters or (),
        )
        if whole_clusters:
            require_whole_clusters(everybody, chosen)
        if devices:
            _ADDRESSES.clear()
            _ADDRESSES.update(names_by_address(chosen))
            prove_typed(chosen, sign_in(chosen))
        return chosen, nodes_of(everybody)


def check_form(form: str, forms: Sequence[str] = FORMS) -> None:
    """Refuse an unknown form before anything is done.

    Raises:
        UsageError: the form is not one of them.
    """
    if form not in forms:
        raise UsageError(f"-o {form}: no such format", advice=f"Choose one of {', '.join(forms)}.")


def emit(document: dict[str, Any], table: RenderableType, form: str, file: Path | None) -> None:
    """Write the result of a command to standard output or into a file.

    Args:
        document: the JSON of the contract.
        table: the same for people.
        form: `table` or `json`.
        file: where to, None for standard output.
    """
    refusal = refusal_of_all(_ADDRESSES)
    if refusal is not None:
        error, nobody = refusal
        tell(error)
        # A person reads why once; that each node was not asked for this reason would say nothing more.
        if nobody and form == "table" and file is None:
            return
    write(document, table, form=form, file=file, stream=sys.stdout)
    if file is not None:
        tell_written(file)


def emit_text(text: str, file: Path | None) -> None:
    """Write a finished text to standard output or into a file.

    Args:
        text: all of it.
        file: where to, None for standard output.
    """
    if file is None:
        send(text, sys.stdout)
    else:
        write_file(file, text)
        tell_written(file)


def tell_written(file: Path) -> None:
    """Name the file of a result on standard error.

    Args:
        file: as it was given.
    """
    send(harmless(f"written to {file}") + "\n", sys.stderr)
