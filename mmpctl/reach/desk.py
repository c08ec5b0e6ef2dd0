"""Audit, status and backup of nodes at many sites: here comes together what the sites have told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from mmpctl.audit.look import not_looked_at
from mmpctl.audit.model import AuditReport, NodeAudit
from mmpctl.audit.node_status import NodeStatus
from mmpctl.audit.scope import Scope
from mmpctl.defaults import DUE_DAYS
from mmpctl.errors import MmpError, UsageError
from mmpctl.inventory.nodes import Node
from mmpctl.reach.answer_lines import LookedAt, Part, Row, fact_of
from mmpctl.reach.engine import Answer, Engine, Errand
from mmpctl.reach.lines.site_line import SiteLost
from mmpctl.reach.site_inventory import digest_of, nodes_around
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.reach.verbs import AuditRequest, BackupRequest, Request, StatusRequest
from mmpctl.reach.wire import WireError
from mmpctl.reports.typed import SITES_FILE
from mmpctl.runbooks import audit as auditing
from mmpctl.runbooks import backup as backing_up
from mmpctl.runbooks import status as looking
from mmpctl.runbooks.backup import BackupReport, NodeBackup
from mmpctl.runbooks.status import StatusReport
from mmpctl.times import now_utc

_T = TypeVar("_T", bound=LookedAt)


@dataclass(frozen=True, slots=True)
class Selected:
    """Which nodes are asked, and where they are.

    Args:
        nodes: those that were selected, in the order of the inventory.
        everybody: all nodes of the desk's inventory.
        sites: the sites, by name.
    """

    nodes: Sequence[Node]
    everybody: Sequence[Node]
    sites: Mapping[str, RemoteSite]

    def by_site(self) -> dict[RemoteSite, list[Node]]:
        """Return the nodes of each site, in the order of the inventory; sites in the order of their file.

        Raises:
            UsageError: a node has no site, or one that the file of sites does not have (code `sites`).
        """
        found: dict[RemoteSite, list[Node]] = {site: [] for site in self.sites.values()}
        for node in self.nodes:
            site = self.sites.get(node.site or "")
            if site is None:
                why = (
                    f"is of the site {node.site}, which the file of sites does not have" if node.site else "has no site"
                )
                raise UsageError(
                    f"the node {node.name} {why}",
                    code="sites",
                    advice="Add the site to the file, or give the node the key `site`, or select other nodes.",
                )
            found[site].append(node)
        return {site: nodes for site, nodes in found.items() if nodes}


def audit(
    engine: Engine,
    selected: Selected,
    scope: Scope,
    seen: Callable[[NodeAudit], None] = lambda _: None,
) -> tuple[AuditReport, list[Answer]]:
    """Have each site audit its nodes, and make one report of it.

    Args:
        engine: carries the requests.
        selected: which nodes, and where they are.
        scope: what to look at, and what counts as due; its folder of backups is not asked for, each site has its own.
        seen: called with each node as soon as its row has come, from several threads.

    Returns:
        The report, and what came of each site.

    Raises:
        UsageError: a node is of no site that is known.
    """

    def request(names: tuple[str, ...]) -> Request:
        return AuditRequest(names, scope.now, scope.due_days, scope.presented, scope.thorough, scope.backup_days)

    gathering = _Gathering(selected, NodeAudit, not_looked_at, seen)
    answers = gathering.run(engine, request)
    report = auditing.assemble(selected.nodes, gathering.rows, scope.now, selected.everybody)
    return report, answers


def status(engine: Engine, selected: Selected, due_days: int = DUE_DAYS) -> tuple[StatusReport, list[Answer]]:
    """Have each site ask its nodes for their view, and make one report of it.

    Args:
        engine: carries the requests.
        selected: which nodes, and where they are.
        due_days: how many days ahead a certificate counts as due.

    Returns:
        The report, and what came of each site.

    Raises:
        UsageError: a node is of no site that is known.
    """
    gathering = _Gathering(selected, NodeStatus, _not_asked, lambda _: None)
    answers = gathering.run(engine, lambda names: StatusRequest(names, due_days))
    return looking.assemble(selected.nodes, gathering.rows, selected.everybody), answers


def backup(engine: Engine, selected: Selected) -> tuple[BackupReport, list[Answer]]:
    """Have each site make backups of its nodes, and keep them in its own folder.

    Args:
        engine: carries the requests.
        selected: which nodes, and where they are.

    Returns:
        The report, and what came of each site.

    Raises:
        UsageError: a node is of no site that is known.
    """
    now = now_utc()
    gathering = _Gathering(selected, NodeBackup, _not_kept, lambda _: None)
    answers = gathering.run(engine, lambda names: BackupRequest(names, now))
    return backing_up.assemble([gathering.rows[node.name] for node in selected.nodes], now), answers


def _not_kept(node: Node, error: MmpError) -> NodeBackup:
    return NodeBackup(node, None, error.told)


def _not_asked(node: Node, error: MmpError) -> NodeStatus:
    return NodeStatus(node, None, error.told, False)


class _Gathering(Generic[_T]):
    """The rows of all nodes, whichever site they come from."""

    def __init__(
        self,
        selected: Selected,
        form: type[_T],
        lost: Callable[[Node, MmpError], _T],
        seen: Callable[[_T], None],
    ) -> None:
        self._selected = selected
        self._form = form
        self._lost = lost
        self._seen = seen
        self._open = {site.name: {node.name: node for node in nodes} for site, nodes in selected.by_site().items()}
        self.rows: dict[str, _T] = {}

    def run(self, engine: Engine, request: Callable[[tuple[str, ...]], Request]) -> list[Answer]:
        """Ask all sites; afterwards every node has a row, if only one that says why it was not seen."""
        everybody = self._selected.everybody
        errands = [
            Errand(site, request(tuple(node.name for node in nodes)), digest_of(nodes_around(site.name, everybody)))
            for site, nodes in self._selected.by_site().items()
        ]
        answers = engine.run(errands, self._take)
        for answer in answers:
            # Why is told once, of the site.
            why = "is away" if answer.error else "has not told of the node"
            look = f"`mmpctl engine check {SITES_FILE} --site {answer.site.name}` tells what is in the way."
            error = SiteLost(answer.site.name, why, look)
            for node in self._open[answer.site.name].values():
                self.rows[node.name] = self._lost(node, error)
        return answers

    def _take(self, errand: Errand, row: Row | Part) -> None:
        name = row.name if isinstance(row, Part) else row.node
        node = self._open[errand.site.name].get(name)
        if node is None or isinstance(row, Part):
            raise WireError(f"it reports on {name!r}, which it was not asked about, or has reported before")
        fact = fact_of(row, self._form, node)
        # Each site has a thread and nodes of its own.
        del self._open[errand.site.name][node.name]
        self.rows[node.name] = fact
        self._seen(fact)
