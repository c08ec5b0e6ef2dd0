"""What was seen when a cluster was checked after its renewal: when, how often, and on which nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.times import iso


@dataclass(frozen=True, slots=True)
class NodeLook:
    """One node's own word.

    Args:
        status: its word for its state; None if it could not be looked at.
        sees: what it calls each member, by address as printed.
        expired: the files that it marks as expired.
        error: why it could not be looked at.
    """

    status: str | None
    sees: Mapping[str, str]
    expired: tuple[str, ...]
    error: str | None


@dataclass(frozen=True, slots=True)
class Look:
    """What the nodes showed, look after look.

    Args:
        first: when it was seen first, aware, UTC.
        last: when it was seen last.
        times: how often in a row.
        well: the cluster was healthy, as `mmpctl status` judges it.
        nodes: what each node said, by inventory name.
    """

    first: datetime
    last: datetime
    times: int
    well: bool
    nodes: Mapping[str, NodeLook]


@dataclass(frozen=True, slots=True)
class ServiceLook:
    """A service that restarts with the database, as its own command shows it.

    Args:
        node: inventory name.
        service: `webadmin` or `callbridge`.
        at: when, aware, UTC.
        up: nothing shows that it does not work.
        told: what that rests on.
    """

    node: str
    service: str
    at: datetime
    up: bool
    told: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of the check after a renewal.

    Args:
        problems: what is wrong, one sentence each; empty when all is well.
        looks: what was seen of the cluster, in order; equal looks in a row are one.
        services: what was seen last of each service.
        files_checked: the nodes whose configured files and serial numbers were compared with the wanted ones.
    """

    problems: tuple[str, ...]
    looks: tuple[Look, ...]
    services: tuple[ServiceLook, ...]
    files_checked: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """As JSON, times in ISO 8601, UTC."""
        return {
            "problems": list(self.problems),
            "looks": [{**asdict(look), "first": iso(look.first), "last": iso(look.last)} for look in self.looks],
            "services": [{**asdict(look), "at": iso(look.at)} for look in self.services],
            "files_checked": list(self.files_checked),
        }


def with_look(
    looks: tuple[Look, ...], cluster: ObservedCluster, without: frozenset[str], at: datetime
) -> tuple[Look, ...]:
    """Return the looks with one more.

    Args:
        looks: those before.
        cluster: what was seen now.
        without: names of nodes that are left out.
        at: when, aware, UTC.
    """
    nodes = {node.name: _node(node) for node in cluster.nodes if node.name not in without}
    well = cluster.is_well(without)
    if looks and (looks[-1].well, looks[-1].nodes) == (well, nodes):
        return (*looks[:-1], replace(looks[-1], last=at, times=looks[-1].times + 1))
    return (*looks, Look(at, at, 1, well, nodes))


def _node(node: ObservedNode) -> NodeLook:
    status = node.status
    if status is None:
        return NodeLook(None, {}, (), node.error)
    return NodeLook(status.status, {member.address: member.state for member in status.nodes}, status.expired, None)
