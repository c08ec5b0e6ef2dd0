"""How a renewal ended, as the lab knows it: what the devices hold and what they were made to do."""

from __future__ import annotations

from dataclasses import dataclass

from mmpctl.lab.fleet import Fleet
from mmpctl.lab.node import Node

_FILES = ("server key", "server certificate", "client key", "client certificate", "ca certificate")


@dataclass(frozen=True, slots=True)
class NodeEnding:
    """One node in the end.

    Args:
        rows: contents of its database.
        role: its place in the cluster, and whether it follows its master.
        members: whom it counts as members.
        last_command: the last one that changed its cluster, and whether it succeeded.
        new_files: the kinds of certificate files that are in use, each with whether it is the operator's.
        operations: the operations that it accepted, in their order.
    """

    rows: tuple[str, ...]
    role: tuple[str | None, bool]
    members: tuple[str, ...]
    last_command: tuple[str, bool] | None
    new_files: tuple[tuple[str, bool], ...]
    operations: tuple[str, ...]


def ending(fleet: Fleet) -> dict[str, NodeEnding]:
    """How it ended on each node."""
    return {name: _of(fleet, node) for name, node in fleet.nodes.items()}


def _of(fleet: Fleet, node: Node) -> NodeEnding:
    database, credentials = node.database, node.database.credentials
    given = fleet.certificates / (node.cluster or "") / node.name
    contents = credentials.contents if credentials else {}
    return NodeEnding(
        database.rows,
        (database.role, database.in_sync),
        database.members,
        database.last_command,
        tuple((kind, contents[kind] == (given / _file(kind)).read_bytes()) for kind in _FILES if kind in contents),
        tuple(event.text for event in fleet.log.select("accepted", node=node.name)),
    )


def _file(kind: str) -> str:
    side, what = kind.split()
    return f"{side}.{'key' if what == 'key' else 'cer'}"
