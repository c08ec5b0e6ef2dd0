"""What a site does for each verb: it looks at its own nodes, with its own inventory, host keys and credentials."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from nornir.core import Nornir

import mmpctl
from mmpctl.audit.look import not_looked_at
from mmpctl.audit.node_status import NodeStatus
from mmpctl.audit.scope import Scope
from mmpctl.errors import InventoryError, MmpError, UsageError
from mmpctl.fleet.run_on import close_all
from mmpctl.inventory.nodes import SSH_PORT, Node, nodes_of
from mmpctl.inventory.sign_in import sign_in
from mmpctl.reach.answer_lines import WIRE, Hello, LookedAt, Part
from mmpctl.reach.site_documents import past_runs, plans, service_plans
from mmpctl.reach.site_inventory import digest_of, nodes_around, nodes_of_site
from mmpctl.reach.site_state import SiteState, troubles_of
from mmpctl.reach.tickets.renewal_place import RenewalPlace
from mmpctl.reach.tickets.site_renewal import work_on_run
from mmpctl.reach.verb_words import Verb
from mmpctl.reach.verbs import (
    AuditRequest,
    BackupRequest,
    CheckRequest,
    PlanRequest,
    Request,
    RunsRequest,
    StatusRequest,
)
from mmpctl.runbooks import audit, backup, status
from mmpctl.runbooks.backup import NodeBackup
from mmpctl.times import now_utc

Tell = Callable[[LookedAt | Part], None]


@dataclass(frozen=True, slots=True)
class Site:
    """What a site has; it is used for one request.

    Args:
        name: of the site.
        nr: its inventory, whole.
        runs: the folder of its runs.
        renewals: what it renews with.
        backups: the folder of its backups; None if it keeps none.
        keep: so many good backups of each node are kept there; None for all.
        certs: the folder of its new certificates; None if it has none.
        processes: how many processes look at nodes; by default as many as pay.
    """

    name: str
    nr: Nornir
    runs: Path
    renewals: RenewalPlace
    backups: Path | None = None
    keep: int | None = None
    certs: Path | None = None
    processes: int | None = None

    def hello(self) -> Hello:
        """Return who answers."""
        known = digest_of(nodes_around(self.name, nodes_of(self.nr)))
        return Hello(WIRE, mmpctl.__version__, self.name, now_utc(), known)

    def work(self, request: Request, tell: Tell) -> None:
        """Do what was asked, and tell each row or part as soon as it is known.

        Args:
            request: what was asked.
            tell: called with each row or part, from several threads.

        Raises:
            MmpError: it cannot be done at all.
        """
        if isinstance(request, AuditRequest):
            _audit(self, request, tell)
        elif isinstance(request, StatusRequest):
            _status(self, request, tell)
        elif isinstance(request, CheckRequest):
            tell(self.state().part(self.name))
        elif isinstance(request, BackupRequest):
            _backup(self, request, tell)
        elif isinstance(request, PlanRequest):
            for part in self._plans(request):
                tell(part)
        elif isinstance(request, RunsRequest):
            for part in past_runs(request, self.runs):
                tell(part)
        else:
            work_on_run(self.renewals, request, tell)

    def _plans(self, request: PlanRequest) -> Iterator[Part]:
        if request.services is None:
            nr, renews = self.around(request.clusters), self.renewals.renews
            return plans(nr, self.name, request, self.certs, self.runs, renews=renews)
        request.services.check()
        nr, wish = self.renewals.services(request.clusters, request.services)
        return service_plans(nr, wish, request, self.runs, renews=self.renewals.renews)

    def state(self) -> SiteState:
        """Return what can be asked here, and what would be in the way."""
        nr = self.own()
        begun = self.runs if self.renewals.renews else None
        renewed = self.certs if self.renewals.renews else None
        needs = {
            Verb.BACKUP: self.backups,
            Verb.PLAN: self.certs,
            Verb.RENEW: renewed,
            **dict.fromkeys((Verb.RESUME, Verb.FOLLOW, Verb.STOP), begun),
        }
        verbs = tuple(verb.value for verb in Verb if needs.get(verb, self.runs) is not None)
        folders = {"backups": self.backups, "certs": self.certs}
        return SiteState(len(nr.inventory.hosts), verbs, tuple(troubles_of(nr, folders)))

    def own(self, names: Collection[str] | None = None) -> Nornir:
        """Return nodes of the site's own.

        Args:
            names: those that are wanted; None for all.
        """
        own = {node.name for node in nodes_of_site(self.name, nodes_of(self.nr))}
        wanted = own if names is None else own.intersection(names)
        return self.nr.filter(filter_func=lambda host: host.name in wanted)

    def around(self, clusters: Collection[str]) -> Nornir:
        """Return all nodes of clusters, those at other sites too, as far as they are clusters of this site.

        Args:
            clusters: their names.
        """
        around = nodes_around(self.name, nodes_of(self.nr))
        wanted = {node.name for node in around if node.cluster is not None and node.cluster in clusters}
        return self.nr.filter(filter_func=lambda host: host.name in wanted)


def _audit(site: Site, request: AuditRequest, tell: Tell) -> None:
    nr = _signed_in(site, request, lambda node, error: tell(not_looked_at(node, error)))
    scope = Scope(request.now, request.due_days, request.presented, request.thorough, site.backups, request.backup_days)
    audit.look(nr, scope, processes=site.processes, seen=tell)


def _status(site: Site, request: StatusRequest, tell: Tell) -> None:
    nr = _signed_in(site, request, lambda node, error: tell(NodeStatus(node, None, error.told, False)))
    try:
        status.look(nr, due_days=request.due_days, processes=site.processes, seen=tell)
    finally:
        close_all(nr)


def _backup(site: Site, request: BackupRequest, tell: Tell) -> None:
    if site.backups is None:
        raise UsageError(
            f"the site {site.name} keeps no backups", advice="Give `mmpctl site` there a folder with --backups DIR."
        )
    nr = _signed_in(site, request, lambda node, error: tell(NodeBackup(node, None, error.told)))
    backup.run(nr, site.backups, now=request.now, keep=site.keep, seen=tell)


def _signed_in(
    site: Site, request: AuditRequest | StatusRequest | BackupRequest, refuse: Callable[[Node, MmpError], None]
) -> Nornir:
    """Return the nodes that are asked for, ready to be asked; those that are not of the site are refused."""
    nr = site.own(request.nodes)
    sign_in(nr)
    for name in sorted(set(request.nodes) - nr.inventory.hosts.keys()):
        error = InventoryError(
            f"the inventory of the site {site.name} has no node {name} of its own",
            advice="Bring the entries of the site's nodes there, as the inventory at the desk has them.",
        )
        refuse(Node(name, "", SSH_PORT, None, None, None, ""), error)
    return nr
