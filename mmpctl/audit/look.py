"""Look at one node for an audit, in whichever process: from what it reports to the rows that are kept."""

from __future__ import annotations

import time
from dataclasses import replace

from nornir.core.task import Result, Task

from mmpctl.audit.certificate_rows import rows_of
from mmpctl.audit.cluster_findings import node_findings, not_seen
from mmpctl.audit.model import NodeAudit
from mmpctl.audit.presented import with_presented
from mmpctl.audit.scope import Scope
from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.services.peer_of_node import peer_of
from mmpctl.errors import ConnectError, MmpError
from mmpctl.fleet.run_on import as_mmp_error
from mmpctl.inventory.addresses import resolve
from mmpctl.inventory.nodes import Node, node_of
from mmpctl.tasks.examine import examine
from mmpctl.tasks.probe import probe
from mmpctl.times import now_utc


def look_at_node(task: Task, *, scope: Scope) -> Result:
    """Look at all certificates of a node; nothing is changed.

    Args:
        scope: what to look at, and what counts as due.

    Returns:
        A result with `NodeAudit`, also where the node could not be looked at.
    """
    began = time.monotonic()
    node = node_of(task.host)
    try:
        found = examine(task, node.role, now_utc, thorough=scope.thorough).result
        rows = rows_of(found, scope.now, scope.due_days)
        if scope.presented and node.role is not None and node.role.has_database:
            rows = with_presented(rows, _presented(task), scope.now, scope.due_days)
        findings = node_findings(found, rows, scope.now)
        names = resolve((node.db_address, *found.status.named)) if node.cluster and found.status else {}
        off = frozenset(name for name, settings in found.services.items() if settings.enabled is False)
        files = {name: file.certificates for name, file in found.files.items() if file.certificates}
        peer = peer_of(found.places, files, off)
        audit = NodeAudit(
            node,
            None,
            rows,
            findings,
            found.status,
            account=found.account,
            resolved=names,
            peer=peer,
            clock_ahead=found.clock_ahead,
        )
    except Exception as error:
        audit = not_looked_at(node, as_mmp_error(error, node.name))
    finally:
        task.host.close_connections()
    return Result(host=task.host, result=replace(audit, seconds=time.monotonic() - began))


def not_looked_at(node: Node, error: MmpError) -> NodeAudit:
    """Return the audit of a node that could not be looked at.

    Args:
        node: of the inventory.
        error: why.
    """
    return NodeAudit(node, error.told, (), (not_seen(error),))


def _presented(task: Task) -> Certificate | MmpError:
    try:
        shown: Certificate = probe(task).result
    except ConnectError as error:
        return error
    return shown
