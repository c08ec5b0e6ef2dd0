"""The states of clusters as documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from mmpctl.audit.node_status import NodeStatus
from mmpctl.cluster.role import Role
from mmpctl.cluster.status import DatabaseStatus, Member
from mmpctl.cluster.verdict import Health
from mmpctl.inventory.nodes import Node
from mmpctl.runbooks.status import ClusterStatus, StatusReport, document

_AT = datetime(2026, 11, 23, 3, tzinfo=timezone.utc)
_GOOD = (
    ("10.106.85.73", "Connected Master"),
    ("10.106.85.74", "Connected Slave ( In Sync )"),
    ("10.106.85.75", "Connected Slave ( In Sync )"),
)
_LONELY = (("10.106.85.83", "Connected Slave"), ("10.106.85.84", "Disconnected"))


def status() -> Any:
    """Three clusters: a healthy one, one that is not, and nodes without one."""
    return status_of(
        _cluster(
            "lon-prod",
            _node("lon-1", Role.MASTER, "10.106.85.73", _GOOD, last_command="database cluster initialize"),
            _node("lon-2", Role.SLAVE, "10.106.85.74", _GOOD),
            site="london",
            master="lon-1",
        ),
        _cluster(
            "nyc-prod",
            _node("nyc-1", Role.MASTER, "10.106.85.83", _LONELY, expired=("dbclusterserver.cer", "EXPRSVR.cer")),
            _node("nyc-2", Role.SLAVE, "10.106.85.84", status="Disabling", started_seconds=19),
            _node("nyc-3", Role.SLAVE, "10.106.85.85", status="Error", error="Certificate expired"),
            NodeStatus(_place("nyc-4", Role.CLIENT, "10.106.85.86"), None, "timed out", reachable=False),
            verdict=Health.NOT_HEALTHY,
        ),
        _cluster(None, _node("edge-1", None, "10.106.85.90", status="Disabled", last_command=None), site="london"),
    )


def status_of(*clusters: ClusterStatus) -> Any:
    """The document of these clusters."""
    return document(StatusReport(clusters, _AT))


def _cluster(
    name: str | None,
    *nodes: NodeStatus,
    site: str | None = None,
    master: str | None = None,
    verdict: Health = Health.HEALTHY,
) -> ClusterStatus:
    return ClusterStatus(name, site, master, verdict, nodes, len(nodes))


def _place(name: str, role: Role | None, address: str) -> Node:
    return Node(name, address, 22, None, None, role, address)


def _node(
    name: str, role: Role | None, address: str, members: Sequence[tuple[str, str]] = (), **facts: Any
) -> NodeStatus:
    told: dict[str, Any] = {
        "status": "Enabled",
        "nodes": tuple(Member(other, other == address, state) for other, state in members),
        "node_in_use": members[0][0] if members else None,
        "interface": "a",
        "last_command": "database cluster join 10.106.85.73",
        "last_result": "Success",
        **facts,
    }
    return NodeStatus(_place(name, role, address), DatabaseStatus(**told), None, reachable=True)
