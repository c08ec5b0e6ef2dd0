"""What was seen of a cluster's nodes: the only input that decisions are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mmpctl.cluster.role import Role
from mmpctl.cluster.status import DISABLED, ENABLED, DatabaseStatus


@dataclass(frozen=True, slots=True)
class ObservedNode:
    """One node as it was found, or not found.

    Args:
        name: inventory name.
        role: the inventory's word on it.
        db_address: the address by which the other nodes know it.
        known_as: `db_address` and all that it resolves to.
        error: why it could not be looked at; None for a node that answered.
        status: what it says of its cluster; None where it did not answer.
        host_key: SHA-256 fingerprint of the key it proved itself with.
        hostname: host name in its prompt.
        in_use: SHA-256 of the configured certificate files (server, client, CA: never keys), by file name.
        service_files: names of files that other services of the node use.
    """

    name: str
    role: Role
    db_address: str
    known_as: frozenset[str]
    error: str | None = None
    status: DatabaseStatus | None = None
    host_key: str = ""
    hostname: str = ""
    in_use: Mapping[str, str] = field(default_factory=dict)
    service_files: frozenset[str] = frozenset()

    @property
    def answers(self) -> bool:
        """The node was reached and understood."""
        return self.status is not None

    @property
    def has_left(self) -> bool:
        """The node is in no cluster, and shows it.

        `Disabled` alone is no proof: an expired cluster may show it while clustering is still enabled, and `certs` is
        refused (the vendor's transcript). After a remove it is, and after `certs`, which only a node alone accepts.
        """
        status = self.status
        if status is None or status.status != DISABLED or status.last_result != "Success":
            return False
        words = (status.last_command or "").split()
        return words == ["database", "cluster", "remove"] or words[:3] == ["database", "cluster", "certs"]


@dataclass(frozen=True, slots=True)
class ObservedCluster:
    """All nodes of one cluster, seen in one look.

    Args:
        name: the cluster's name in the inventory.
        nodes: in the order of the inventory.
        aliases: what the addresses in the nodes' statuses resolve to, where they are names.
    """

    name: str
    nodes: tuple[ObservedNode, ...]
    aliases: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def node(self, name: str) -> ObservedNode:
        """The node of that inventory name; KeyError for a stranger."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)

    @property
    def databases(self) -> tuple[ObservedNode, ...]:
        """The nodes that keep a copy of the database."""
        return tuple(node for node in self.nodes if node.role.has_database)

    @property
    def clients(self) -> tuple[ObservedNode, ...]:
        """The Call Bridges without a database of their own."""
        return tuple(node for node in self.nodes if not node.role.has_database)

    @property
    def inventory_master(self) -> ObservedNode:
        """The node that the inventory calls master; a checked inventory has exactly one."""
        return next(node for node in self.nodes if node.role is Role.MASTER)

    def owner(self, address: str) -> ObservedNode | None:
        """The one node that is known by an address of a status; None for a stranger, and where it fits two nodes."""
        names = self.aliases.get(address, frozenset()) | {address}
        owners = [node for node in self.nodes if node.known_as & names]
        return owners[0] if len(owners) == 1 else None

    def masters_named_by(self, node: ObservedNode) -> frozenset[str]:
        """The nodes that one node calls master: inventory names, or the address as printed for an unknown member."""
        if node.status is None:
            return frozenset()
        owners = ((address, self.owner(address)) for address in node.status.masters)
        # A strange address is kept as it is: two names for what may be one node must not look like agreement.
        return frozenset(owner.name if owner else address for address, owner in owners)

    @property
    def masters(self) -> frozenset[str]:
        """All nodes that any database node calls master."""
        return frozenset(name for node in self.databases for name in self.masters_named_by(node))

    def is_healthy(self, without: frozenset[str] = frozenset(), master: str | None = None) -> bool:
        """Every node says Enabled, names the master as the only one, and sees all databases in sync.

        Args:
            without: names of nodes that are left out of the judgement.
            master: inventory name of the node that must be master; the inventory's master by default.
        """
        master = master or self.inventory_master.name
        wanted = {node.name for node in self.databases if node.name not in without}
        for node in self.nodes:
            if node.name in without:
                continue
            status = node.status
            if status is None or status.status != ENABLED or not status.settled or status.error:
                return False
            if status.me is not None and self.owner(status.me.address) is not node:
                return False
            if node.role.has_database or status.nodes:
                seen: dict[str, bool] = {}
                for member in status.nodes:
                    owner = self.owner(member.address)
                    if owner is None or (member.is_master and owner.name != master):
                        return False
                    # One node under two addresses is only as healthy as its worse line.
                    fits = member.healthy and member.is_master == (owner.name == master)
                    seen[owner.name] = seen.get(owner.name, True) and fits
                if not all(seen.get(name, False) for name in wanted):
                    return False
        return True
