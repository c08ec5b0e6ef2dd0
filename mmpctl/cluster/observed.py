"""What was seen of a cluster's nodes: the only input that decisions are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from mmpctl.cluster.account import UserAccount
from mmpctl.cluster.backups import BackupOnNode
from mmpctl.cluster.key_proof import KeySeen
from mmpctl.cluster.role import Role
from mmpctl.cluster.status import DISABLED, ENABLED, ERROR, DatabaseStatus, Member
from mmpctl.cluster.trouble import SILENT


@dataclass(frozen=True, slots=True)
class ObservedNode:
    """One node as it was found, or not found.

    Args:
        name: inventory name.
        role: the inventory's word on it.
        db_address: the address by which the other nodes know it.
        known_as: `db_address` and all that it resolves to.
        error: why it could not be looked at; None for a node that answered.
        status: what it says of its cluster; None if it did not answer.
        host_key: SHA-256 fingerprint of the key it proved itself with.
        hostname: host name in its prompt.
        in_use: SHA-256 of the configured certificate files (server, client, CA: never keys), by file name.
        names_in_use: the names (CN, subjectAltName) within the server and client certificates that it uses.
        called: what else it is called: where SSH connects to, name or address.
        service_files: names of files that other services of the node use.
        backups: those that lie on the node; None if it was not asked, or does not tell.
        marks: names of the marks of runs that lie on it; none if its files could not be listed.
        clock_ahead: seconds that its clock is ahead of this machine's; None if it is not known.
        release: what it runs; None if it is not known.
        account: that this program logs in with; None if the node does not list it.
        no_transfer: why no files can be moved to and from it by SFTP; None if they can, or it was not tried.
        trouble: what is said of it where it has no status: one of the words above.
        stored: names of all files that lie on it; none if they could not be listed.
        listed: names of the certificates, keys and requests that it lists; none if it was not asked.
        keys: what it shows of the keys on it to which new certificates belong, by their files.
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
    names_in_use: frozenset[str] = frozenset()
    called: str = ""
    service_files: frozenset[str] = frozenset()
    backups: tuple[BackupOnNode, ...] | None = None
    marks: frozenset[str] = frozenset()
    clock_ahead: float | None = None
    release: str | None = None
    account: UserAccount | None = None
    no_transfer: str | None = None
    trouble: str = SILENT
    stored: frozenset[str] = frozenset()
    listed: tuple[str, ...] = ()
    keys: Mapping[str, KeySeen] = field(default_factory=dict)

    @property
    def answers(self) -> bool:
        """The node was reached and understood."""
        return self.status is not None

    def is_called(self, name: str) -> bool:
        """Return whether the host name in its prompt is this name; either may lack the domain.

        Args:
            name: of the inventory.
        """
        prompt, name = self.hostname.lower(), name.lower()
        # With two domains, the same first label is two machines.
        return prompt == name or prompt.startswith(f"{name}.") or name.startswith(f"{prompt}.")

    @property
    def settled(self) -> bool:
        """Whether no operation is running. A client's words are not known, except that `…ing` means running."""
        status = self.status
        if status is None or self.role.has_database:
            return status is not None and status.settled
        return status.started_seconds is None and not status.status.casefold().endswith("ing")

    @property
    def is_enabled(self) -> bool:
        """The node is settled in a cluster: it says Enabled, or as a client any word but Disabled and Error."""
        status = self.status
        if status is None or not self.settled:
            return False
        return status.status == ENABLED if self.role.has_database else status.status not in (DISABLED, ERROR)

    @property
    def uses_expired(self) -> bool:
        """The node marks a certificate that it uses as expired; a client may go on to show an old server pair."""
        status = self.status
        if status is None:
            return False
        files = status.certificates
        used = {files.client_certificate, files.ca_certificate}
        if self.role.has_database:
            used.add(files.server_certificate)
        return not used.isdisjoint(status.expired)

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

    @property
    def has_failed_to_join(self) -> bool:
        """The node's last command is a join that is not told to have succeeded: its own database may be gone."""
        status = self.status
        if status is None or status.last_result == "Success":
            return False
        return (status.last_command or "").split()[:3] == ["database", "cluster", "join"]


@dataclass(frozen=True, slots=True)
class ObservedCluster:
    """All nodes of one cluster, seen in one look.

    Args:
        name: the cluster's name in the inventory.
        nodes: in the order of the inventory.
        aliases: what the addresses in the nodes' statuses resolve to, where they are names.
        elsewhere: what the nodes of other clusters are called, as far as they were selected.
    """

    name: str
    nodes: tuple[ObservedNode, ...]
    aliases: Mapping[str, frozenset[str]] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()

    def node(self, name: str) -> ObservedNode:
        """Return the node of that inventory name; KeyError for a stranger."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)

    def with_keys(self, seen: Mapping[str, Mapping[str, KeySeen]]) -> ObservedCluster:
        """Return the cluster with what its nodes show of the keys on them.

        Args:
            seen: by inventory name, and by the key's file; a node that is not in it shows none.
        """
        nodes = tuple(replace(node, keys=seen.get(node.name, {})) for node in self.nodes)
        return replace(self, nodes=nodes)

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
        names = {address.casefold()}
        for printed, resolved in self.aliases.items():
            if printed.casefold() == address.casefold():
                names |= folded(resolved)
        owners = [node for node in self.nodes if folded(node.known_as) & names]
        return owners[0] if len(owners) == 1 else None

    @property
    def names_commands(self) -> bool:
        """Some node shows a last command that did not fail: its release shows one after a success."""
        return any(node.status.names_a_success for node in self.nodes if node.status is not None)

    def own_line(self, node: ObservedNode) -> Member | None:
        """Return the line of a node's status that is about the node itself, even if no line is marked with `(me)`.

        Args:
            node: the node that was asked.

        Returns:
            The marked line; else the one line with an address of the node; else the only line, if its address is
            nobody's. None if no line can be told to be its own.
        """
        status = node.status
        if status is None or status.me is not None:
            return status.me if status else None
        owners = [(member, self.owner(member.address)) for member in status.nodes]
        own = [member for member, owner in owners if owner is node]
        if not own and len(owners) == 1:
            own = [member for member, owner in owners if owner is None]
        return own[0] if len(own) == 1 else None

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

    def is_well(self, without: frozenset[str] = frozenset(), master: str | None = None) -> bool:
        """Healthy, and no node marks a certificate that it uses as expired.

        Args:
            without: names of nodes that are left out of the judgement.
            master: inventory name of the node that must be master; the inventory's master by default.
        """
        nodes = (node for node in self.nodes if node.name not in without)
        return self.is_healthy(without, master) and not any(node.uses_expired for node in nodes)

    def is_healthy(self, without: frozenset[str] = frozenset(), master: str | None = None) -> bool:
        """Return whether every node is enabled and shows no other master, and all databases are in sync.

        Args:
            without: names of nodes that are left out of the judgement.
            master: inventory name of the node that must be master; the inventory's master by default.
        """
        master = master or self.inventory_master.name
        wanted = {node.name for node in self.databases if node.name not in without}
        nodes = (node for node in self.nodes if node.name not in without)
        return all(self._is_fine(node, wanted, master) for node in nodes)

    def shows_no_fault(self, master: str) -> bool:
        """Nothing that the answering nodes show speaks against the cluster; of the others, nobody knows anything.

        Args:
            master: inventory name of the node that must be master.
        """
        wanted = {node.name for node in self.databases}
        nodes = [node for node in self.nodes if node.answers]
        return all(self._is_fine(node, wanted, master) and not node.uses_expired for node in nodes)

    def _is_fine(self, node: ObservedNode, wanted: set[str], master: str) -> bool:
        status = node.status
        if status is None or not node.is_enabled or status.error or status.alarming:
            return False
        if status.me is not None and self.owner(status.me.address) is not node:
            return False
        sees = self._sees_all if node.role.has_database else self._sees_no_fault
        return sees(status, wanted, master)

    def _sees_all(self, status: DatabaseStatus, wanted: set[str], master: str) -> bool:
        seen: dict[str, bool] = {}
        for member in status.nodes:
            owner = self.owner(member.address)
            if owner is None or (member.is_master and owner.name != master):
                return False
            # One node under two addresses is only as healthy as its worse line.
            fits = member.healthy and member.is_master == (owner.name == master)
            seen[owner.name] = seen.get(owner.name, True) and fits
        return all(seen.get(name, False) for name in wanted)

    def _sees_no_fault(self, status: DatabaseStatus, wanted: set[str], master: str) -> bool:
        # What a client shows of the databases is not known: it may be all, some or none, with or without sync states.
        for member in status.nodes:
            owner = self.owner(member.address)
            if owner is None or (member.is_master and owner.name != master):
                return False
            if member.is_disconnected and owner.name in wanted:
                return False
        return True


def folded(addresses: Iterable[str]) -> frozenset[str]:
    """Addresses as they compare: names of hosts know no upper and lower case."""
    return frozenset(address.casefold() for address in addresses)
