"""The status of one node, asked in whichever process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from nornir.core.task import Result, Task

from mmpctl.audit.certificate_rows import CertificateRow, rows_of
from mmpctl.cluster.status import DatabaseStatus
from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.errors import CommandRefused, MmpError
from mmpctl.inventory.addresses import resolve
from mmpctl.inventory.nodes import Node, node_of
from mmpctl.tasks.list_files import list_files
from mmpctl.tasks.node_facts import Subject
from mmpctl.tasks.read_node import read_node
from mmpctl.tasks.status import status
from mmpctl.times import now_utc

_FILES: Final = frozenset({Subject.IDENTITY, Subject.FILES})


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """One node.

    Args:
        node: as the inventory knows it.
        status: what it says; None if it could not be asked.
        error: why it could not be asked, or not be understood.
        reachable: it answered, understood or not.
        knows_databases: its release knows the command; a node without a cluster may be one that does not.
        refused: it took neither our credentials nor showed the recorded key: it is not asked again.
        certificates: the database cluster's, each with what is wrong with it.
        unread: why they could not be looked at.
        resolved: addresses of the names by which it and the other nodes are known, as they were found where it was
            asked.
    """

    node: Node
    status: DatabaseStatus | None
    error: str | None
    reachable: bool
    refused: bool = False
    certificates: tuple[CertificateRow, ...] = ()
    unread: str | None = None
    knows_databases: bool = True
    resolved: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def seen(self) -> bool:
        """It told its status, or that it has none to tell."""
        return self.status is not None or not self.knows_databases


def ask_node(task: Task, *, known: Mapping[str, NodeStatus], due_days: int) -> Result:
    """Ask one node, in whichever process; nothing is changed.

    Args:
        known: what was seen before, by inventory name.
        due_days: how many days ahead a certificate counts as due.

    Returns:
        A result with `NodeStatus`.

    Raises:
        MmpError: it could not be asked, or not be understood.
    """
    node = node_of(task.host)
    try:
        seen: DatabaseStatus = status(task).result
    except CommandRefused as error:
        if node.cluster is None and _lacks_the_command(task, error):
            return Result(host=task.host, result=NodeStatus(node, None, None, True, knows_databases=False))
        raise
    told = NodeStatus(node, seen, None, True, resolved=resolve((node.db_address, *seen.named)) if node.cluster else {})
    last = known.get(node.name)
    if last is not None and last.status is not None and last.status.certificates == seen.certificates:
        return Result(host=task.host, result=replace(told, certificates=last.certificates))
    try:
        rows = rows_of(read_node(task, _FILES, role=node.role, status=seen).result, now_utc(), due_days)
    except MmpError as error:
        return Result(host=task.host, result=replace(told, unread=error.message))
    return Result(host=task.host, result=replace(told, certificates=rows))


def _lacks_the_command(task: Task, error: CommandRefused) -> bool:
    """Tell a release that does not know the command from an account that may look at nothing: that one knows none."""
    if not vocabulary().is_unknown(error.text):
        return False
    try:
        list_files(task)
    except CommandRefused:
        return False
    return True
