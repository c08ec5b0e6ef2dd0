"""The databases of a fleet among each other: who hears whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .handshake import Handshakes

if TYPE_CHECKING:
    from .database import Database


class Network:
    """All databases of a fleet by address.

    Args:
        handshakes: decides whether two nodes' certificates let them talk.
    """

    def __init__(self, handshakes: Handshakes) -> None:
        self.handshakes = handshakes
        self._databases: dict[str, Database] = {}
        self._names: dict[str, str] = {}
        self.cut_off: frozenset[str] = frozenset()

    def add(self, database: Database) -> None:
        """Make a database known by its address and its node's name."""
        self._databases[database.address] = database
        self._names[database.node] = database.address

    def at(self, address: str) -> Database | None:
        """The database at an address or a node's name."""
        return self._databases.get(self._names.get(address, address))

    def connects(self, client: Database, server: Database) -> bool:
        """Whether this node's client gets into that node's database."""
        if server.role not in ("master", "slave") or server.leaving or not (client.up and server.up):
            return False
        if client is server:
            return True
        if self.cut_off & {client.address, server.address}:
            return False
        return self.handshakes.succeeds(client.credentials, server.credentials)

    def peers(self, database: Database) -> Iterator[Database]:
        """The other members of this database's cluster that it is connected to, in the order of its own list."""
        for address in database.members:
            other = self.at(address)
            if other is not None and other is not database and self.connects(database, other):
                yield other

    def listeners(self, database: Database) -> Iterator[Database]:
        """Every database, clients too, that counts this one among its members and is connected to it."""
        for other in self._databases.values():
            if other is not database and database.address in other.members and self.connects(other, database):
                yield other

    def elect(self) -> None:
        """Let a slave that sees more than half of the databases and no master become the master."""
        for database in self._databases.values():
            if database.role != "slave" or not database.following or not database.up or database.master is not None:
                continue
            if 2 * (1 + sum(1 for _ in self.peers(database))) > len(database.members):
                database.promote()

    def copy_rows(self, master: Database) -> None:
        """Bring what the master holds to every slave that follows it."""
        for other in self.listeners(master):
            if other.role == "slave" and other.following:
                other.rows = master.rows
