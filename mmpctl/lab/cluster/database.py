"""One node's database, and what it knows of its cluster."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from mmpctl.lab.fault import Fault, FaultBook
from mmpctl.lab.scenario import Role
from mmpctl.lab.switches import Switches

from .handshake import Credentials
from .network import Network

Kind = Literal["remove", "initialize", "join", "connect"]


@dataclass(frozen=True, slots=True)
class Operation:
    """An accepted operation that has not ended.

    Args:
        kind: what is done.
        command: the command as it was typed.
        target: the address given to join or connect.
        started: monotonic seconds.
    """

    kind: Kind
    command: str
    target: str
    started: float


class Database:
    """A database and its place in a cluster; changed on the lab's own thread only, readable from any.

    Args:
        node: the node's name.
        address: how other nodes know it.
        network: the other databases.
        switches: the node's switches of the moment.
        faults: what goes wrong.
        tell: takes an event (kind, text).
        suffer: lets a fault of a whole node happen: reboot, die, by-hand.
    """

    def __init__(
        self,
        *,
        node: str,
        address: str,
        network: Network,
        switches: Callable[[], Switches],
        faults: FaultBook,
        tell: Callable[[str, str], None],
        suffer: Callable[[Fault], None],
    ) -> None:
        self.node = node
        self.address = address
        self.network = network
        self.rows: tuple[str, ...] = ()
        self.credentials: Credentials | None = None
        self.interface = "a"
        self.role: Role | None = None
        self.members: tuple[str, ...] = ()
        self.following = False
        self.operation: Operation | None = None
        self.last_command: tuple[str, bool] | None = None
        self.error = ""
        self.ended = float("-inf")
        self.up = True
        self._saying_goodbye = False
        self.lapsed = False
        self._interrupted: tuple[Operation, Fault] | None = None
        self._switches = switches
        self._faults = faults
        self._tell = tell
        self._suffer = suffer

    @property
    def enabled(self) -> bool:
        """Whether the node is in a cluster, on its way into or out of one, or stuck in an error."""
        return self.role is not None or self.operation is not None or bool(self.error)

    @property
    def leaving(self) -> bool:
        """Whether a remove is under way."""
        return self.operation is not None and self.operation.kind == "remove" and not self._saying_goodbye

    @property
    def master(self) -> Database | None:
        """The master as far as this node can see one; itself included."""
        if self.role == "master":
            return self
        return next((peer for peer in self.network.peers(self) if peer.role == "master"), None)

    @property
    def in_sync(self) -> bool:
        """Whether this slave holds all that its master holds, and is connected to it."""
        master = self.master
        return master is not None and master is not self and self.following and self.rows == master.rows

    def start(self, kind: Kind, command: str, target: str = "", *, by_hand: bool = False) -> None:
        """Accept an operation: it ends later, by itself."""
        self._tell("by-hand" if by_hand else "accepted", command)
        self.operation = Operation(kind, command, target, time.monotonic())
        self.error = ""
        if kind == "join":
            # The worst reading of "will be destroyed": the contents go first, whatever comes of the join.
            self.rows, self.role, self.members, self.following = (), None, (), False
        self._tell("started", command)
        switches = self._switches()
        seconds = {
            "remove": switches.remove_seconds,
            "initialize": switches.initialize_seconds,
            "join": switches.join_seconds,
            "connect": switches.connect_seconds,
        }[kind]
        fault = self._faults.take(self.node, "operation", command)
        if fault is not None and fault.kind == "hang":
            self._tell("fault", f"hang: {command}")
            return
        if fault is not None and fault.kind in ("reboot", "die"):
            self._interrupted = (self.operation, fault)
            asyncio.get_running_loop().call_later(seconds / 2, self._suffer, fault)
            return
        asyncio.get_running_loop().call_later(seconds, self._end, self.operation, fault)

    def wake(self) -> None:
        """Go on after the node was down: end what was interrupted, and follow the master that there is now."""
        if self._interrupted is not None:
            operation, fault = self._interrupted
            self._interrupted = None
            if fault.ends == "lost":
                self.operation = None
            else:
                self._end(operation, fault if fault.ends == "failed" else None)
        other = next((peer for peer in self.network.peers(self) if peer.role == "master"), None)
        if other is not None and self.role in ("master", "slave"):
            self.role, self.following, self.rows = "slave", True, other.rows

    def promote(self) -> None:
        """Become the master: the one before is gone."""
        self.role, self.following = "master", False
        self._tell("promoted", self.address)

    def take_over(self) -> None:
        """Become the master although the one before is there: it follows from now on."""
        before = self.master
        if before is not None and before is not self:
            before.role, before.following = "slave", True
        self.promote()

    def lapse(self, lapsed: bool) -> None:
        """Fall behind the master, or catch up with it again."""
        if lapsed:
            self.lapsed, self.following = True, False
        elif self.lapsed:
            self.lapsed, self.following = False, True
            self.rows = self.master.rows if self.master is not None else self.rows

    def write(self, row: str) -> None:
        """Add a row, as a Call Bridge does; a master brings it to its slaves.

        Raises:
            ValueError: on a slave or a client, which have no database of their own to write to.
        """
        if self.role in ("slave", "client"):
            raise ValueError(f"{self.node} is a {self.role}: write on the master")
        self.rows = (*self.rows, row)
        if self.role == "master":
            self.network.copy_rows(self)

    def _end(self, operation: Operation, fails: Fault | None) -> None:
        if self.operation is not operation:
            return
        act = {
            "remove": self._remove,
            "initialize": self._initialize,
            "join": self._join,
            "connect": self._connect,
        }[operation.kind]
        succeeded = fails is None and act(operation.target)
        self.last_command = (operation.command, succeeded)
        if fails is not None and fails.text:
            self.error = fails.text
        elif not succeeded and operation.kind != "remove" and self._switches().failed_status == "error":
            self.error = f"Could not {operation.kind}"
        self._tell("finished" if succeeded else "failed", operation.command)
        self.operation, self.ended = None, time.monotonic()
        fault = self._faults.take(self.node, "ended", operation.command)
        if fault is not None:
            self._suffer(fault)

    def _remove(self, _: str) -> bool:
        # Until the others have heard of it, they still reach this database.
        self._saying_goodbye = True
        for other in self.network.listeners(self):
            other.members = tuple(address for address in other.members if address != self.address)
        self._saying_goodbye = False
        self.role, self.members, self.following = None, (), False
        return True

    def _initialize(self, _: str) -> bool:
        self.role, self.members = "master", (self.address,)
        return True

    def _join(self, target: str) -> bool:
        master = self.network.at(target)
        if master is None or master is self or master.role != "master" or not self.network.connects(self, master):
            return False
        self.role = "slave"
        together = tuple(sorted({*master.members, self.address}, key=_by_number))
        for other in (*self.network.listeners(master), master, self):
            other.members = together
        if not self.network.connects(master, self):
            self.role = None
            self._remove("")
            return False
        if self._faults.take(self.node, "sync", target) is None:
            asyncio.get_running_loop().call_later(self._switches().sync_seconds, self._sync, master)
        return True

    def _sync(self, master: Database) -> None:
        if self.role == "slave" and self.master is master:
            self.following = True
            self.rows = master.rows
            self._tell("synced", f"{len(self.rows)} rows from {master.address}")

    def _connect(self, target: str) -> bool:
        server = self.network.at(target)
        if server is None or not self.network.connects(self, server):
            return False
        self.role, self.members = "client", server.members
        return True


def _by_number(address: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in address.split("."))
