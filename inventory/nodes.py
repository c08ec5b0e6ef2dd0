"""The nodes of an inventory, and the clusters they form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nornir.core import Nornir
from nornir.core.inventory import Host

from mmpctl.cluster.role import ROLE_WORDS, Role, role_of
from mmpctl.errors import InventoryError
from mmpctl.inventory.addresses import addresses_of
from mmpctl.services.unattended import HOURS_KEY, UNATTENDED_KEY, Unattended, unattended_of

__all__ = [
    "DB_PORT",
    "SIP_PORT",
    "SSH_PORT",
    "STANDALONE",
    "Cluster",
    "Node",
    "addresses_of",
    "clusters_of",
    "grouped",
    "node_of",
    "nodes_of",
    "site_of",
    "unit_of",
]

SSH_PORT = 22
DB_PORT = 5432
SIP_PORT = 5061
# What runs call the servers of no cluster together; the rules of the inventory keep it from being a cluster's name.
STANDALONE = "standalone servers"


@dataclass(frozen=True, slots=True)
class Node:
    """One server, as the inventory knows it.

    Args:
        name: its name in the inventory.
        hostname: what SSH connects to, name or address.
        port: SSH port.
        site: where it stands.
        cluster: name of its database cluster; None for a server without one.
        role: its part in the cluster; None exactly where `cluster` is.
        db_address: what the other nodes call it; the hostname unless the inventory says otherwise.
        db_port: where its database listens there.
        sip_port: where its Call Bridge listens for SIP over TLS, at the service address.
        service_address: where its services listen; the hostname unless the inventory says otherwise.
        unattended: which of its services may be renewed without a person, and when.
    """

    name: str
    hostname: str
    port: int
    site: str | None
    cluster: str | None
    role: Role | None
    db_address: str
    db_port: int = DB_PORT
    sip_port: int = SIP_PORT
    serves: str | None = None
    service_address: str = ""
    unattended: Unattended = field(default_factory=Unattended)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The nodes of one database cluster, or those that are in none.

    Args:
        name: the cluster; None for the servers without one.
        nodes: in the order of the inventory, the master first.
    """

    name: str | None
    nodes: tuple[Node, ...]

    @property
    def unit_name(self) -> str:
        """What runs call it; of the servers without a cluster, too."""
        return self.name or STANDALONE

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites of its nodes, sorted."""
        return tuple(sorted({node.site for node in self.nodes if node.site is not None}))

    @property
    def site(self) -> str | None:
        """The one site; None if the cluster spans several, or has none."""
        return self.sites[0] if len(self.sites) == 1 else None

    @property
    def master(self) -> Node | None:
        """The node whose database survives a renewal; None if a selection left it out."""
        return next((node for node in self.nodes if node.role is Role.MASTER), None)


def site_of(host: Host) -> Any:
    """Return where a host stands: a word, or the slug or name of what NetBox says of its sites.

    Args:
        host: of any inventory; what it says need not be checked yet.

    Returns:
        The word; None if there is none; what stands there otherwise.
    """
    value = host.get("site")
    return (value.get("slug") or value.get("name") or value) if isinstance(value, Mapping) else value


def unit_of(host: Host) -> str:
    """Return what runs call the nodes that a host is one of: its cluster, or the servers of no cluster.

    Args:
        host: of a checked inventory.
    """
    return host.get("cluster") or STANDALONE


def node_of(host: Host) -> Node:
    """Return the typed view of one host of a checked inventory.

    Raises:
        InventoryError: the inventory was not checked, and its role is none.
    """
    word = host.get("role")
    if word is not None and word not in ROLE_WORDS:
        what = f"unknown role {word!r}" if isinstance(word, str) else "the role is not a word"
        raise InventoryError(what, node=host.name, advice=f"The roles are {', '.join(ROLE_WORDS)}.")
    return Node(
        name=host.name,
        hostname=host.hostname or "",
        port=SSH_PORT if host.port is None else host.port,
        site=site_of(host),
        cluster=host.get("cluster"),
        role=None if word is None else role_of(word),
        db_address=host.get("db_address") or host.hostname or "",
        db_port=host.get("db_port") or DB_PORT,
        sip_port=host.get("sip_port") or SIP_PORT,
        serves=host.get("serves"),
        service_address=host.get("service_address") or host.hostname or "",
        unattended=unattended_of(host.get(UNATTENDED_KEY), host.get(HOURS_KEY)),
    )


def nodes_of(nr: Nornir) -> tuple[Node, ...]:
    """Return all nodes of a Nornir object, in the order of its inventory."""
    return tuple(node_of(host) for host in nr.inventory.hosts.values())


def clusters_of(nr: Nornir) -> tuple[Cluster, ...]:
    """Return the nodes of a Nornir object by cluster, in the order of the inventory.

    Returns:
        the clusters; servers without one come last, as a group whose name is None.
    """
    return grouped(nodes_of(nr))


def grouped(nodes: Iterable[Node]) -> tuple[Cluster, ...]:
    """Groups nodes by cluster; the group without one comes last."""
    by_name: dict[str | None, list[Node]] = {}
    for node in nodes:
        by_name.setdefault(node.cluster, []).append(node)
    clusters = [
        Cluster(name, tuple(sorted(members, key=lambda node: node.role is not Role.MASTER)))
        for name, members in by_name.items()
    ]
    return tuple(sorted(clusters, key=lambda cluster: cluster.name is None))
