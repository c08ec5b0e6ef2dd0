"""What a site does for each verb: it looks at its own nodes, with its own inventory, host keys and credentials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nornir.core import Nornir

import mmpctl
from mmpctl.audit.look import not_looked_at
from mmpctl.audit.node_status import NodeStatus
from mmpctl.audit.scope import Scope
from mmpctl.enums import assert_never
from mmpctl.errors import InventoryError
from mmpctl.fleet.run_on import close_all
from mmpctl.inventory.nodes import SSH_PORT, Node, nodes_of
from mmpctl.inventory.sign_in import sign_in
from mmpctl.reach.answer_lines import WIRE, Hello, LookedAt
from mmpctl.reach.site_inventory import digest_of, nodes_around, nodes_of_site
from mmpctl.reach.verbs import AuditRequest, Request, StatusRequest
from mmpctl.runbooks import audit, status
from mmpctl.times import now_utc

Tell = Callable[[LookedAt], None]


@dataclass(frozen=True, slots=True)
class Site:
    """What a site has; it is used for one request.

    Args:
        name: of the site.
        nr: its inventory, whole.
        backups: the folder of its backups; None if it keeps none.
        processes: how many processes look at nodes; by default as many as pay.
    """

    name: str
    nr: Nornir
    backups: Path | None = None
    processes: int | None = None

    def hello(self) -> Hello:
        """Return who answers."""
        known = digest_of(nodes_around(self.name, nodes_of(self.nr)))
        return Hello(WIRE, mmpctl.__version__, self.name, now_utc(), known)

    def work(self, request: Request, tell: Tell) -> None:
        """Do what was asked, and tell each row as soon as it is known.

        Args:
            request: what was asked.
            tell: called with each row, from several threads.

        Raises:
            MmpError: it cannot be done at all.
        """
        own = {node.name for node in nodes_of_site(self.name, nodes_of(self.nr))}
        wanted = own.intersection(request.nodes)
        nr = self.nr.filter(filter_func=lambda host: host.name in wanted)
        sign_in(nr)
        if isinstance(request, AuditRequest):
            _audit(self, nr, request, tell)
        elif isinstance(request, StatusRequest):
            _status(self, nr, request, tell)
        else:
            assert_never(request)
        for name in sorted(set(request.nodes) - own):
            tell(_not_here(self.name, name, request))


def _audit(site: Site, nr: Nornir, request: AuditRequest, tell: Tell) -> None:
    scope = Scope(request.now, request.due_days, request.presented, request.thorough, site.backups, request.backup_days)
    audit.look(nr, scope, processes=site.processes, seen=tell)


def _status(site: Site, nr: Nornir, request: StatusRequest, tell: Tell) -> None:
    try:
        status.look(nr, due_days=request.due_days, processes=site.processes, seen=tell)
    finally:
        close_all(nr)


def _not_here(site: str, name: str, request: Request) -> LookedAt:
    node = Node(name, "", SSH_PORT, None, None, None, "")
    error = InventoryError(
        f"the inventory of the site {site} has no node {name} of its own",
        advice="Bring the entries of the site's nodes there, as the inventory at the desk has them.",
    )
    if isinstance(request, AuditRequest):
        return not_looked_at(node, error)
    return NodeStatus(node, None, error.told, False)
