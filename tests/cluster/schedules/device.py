"""One Meeting Server without sockets: what its commands do to its place in a cluster and to its database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

DATABASE_PLACES = ("Server Key", "Server Certificate", "Client Key", "Client Certificate", "CA Certificate")
CLIENT_PLACES = DATABASE_PLACES[2:]
REMOVE, INITIALIZE, JOIN, CONNECT = "remove", "initialize", "join", "connect"
FAILS, HANGS, SLOW, STALE, ODDLY, DEAF = "fails", "hangs", "slow", "stale", "asks oddly", "deaf"
_ASKED = {
    REMOVE: "remove this node from the current cluster",
    INITIALIZE: "initialize this node as a new database cluster",
    JOIN: "join this node to an existing database cluster",
    CONNECT: "connect this node to an existing database cluster",
}
_FOLLOWS = {
    REMOVE: "The current contents of this node's database will become the running local database.\n"
    "This node will lose all knowledge of the rest of the cluster.\n",
    INITIALIZE: "The contents of this node's database will become the {master} version of the database in the new "
    "cluster.\n",
    JOIN: "The contents of this node's database will be destroyed!\n",
    CONNECT: "",
}
_WHILE = {REMOVE: "Disabling", INITIALIZE: "Enabling", JOIN: "Enabling", CONNECT: "Connecting"}


@dataclass(eq=False)
class Group:
    """A database cluster as the devices keep it.

    Args:
        known: addresses of all that were ever in it.
        master: the device whose database the others copy.
        talks: its members reach each other; not so once their certificates have expired.
        shows_disabled: its members say Disabled all the same, as expired ones were seen to do.
    """

    known: list[str]
    master: Device | None = None
    talks: bool = True
    shows_disabled: bool = False


@dataclass(eq=False)
class Operation:
    """What was confirmed and goes on."""

    kind: str
    command: str
    ends: float
    fails: bool


@dataclass(eq=False)
class Device:
    """One node.

    Args:
        name: its inventory name, which is its host name too.
        cluster: name of its cluster in the inventory.
        address: where it is reached, by us and by the other nodes.
        has_database: it is no client.
        rows: what its own database holds.
        files: its SFTP root.
        configured: the files of `database cluster certs`, by place.
        copies: SHA-256 of the contents that it took then, by name.
        fate: what is going to be wrong with its next operation.
        stale: until when it shows an old status, and that.
        made: the backups as it made them.
        peers: all devices by address.
    """

    name: str
    cluster: str
    address: str
    has_database: bool
    rows: frozenset[int]
    files: dict[str, bytes]
    configured: dict[str, str]
    copies: Mapping[str, str] = field(default_factory=dict)
    expired: bool = False
    new_words: bool = False
    group: Group | None = None
    in_sync: bool = True
    up: bool = True
    boots: int = 0
    operation: Operation | None = None
    last: tuple[str, str] | None = None
    error: str | None = None
    needs_a_person: bool = False
    fate: str | None = None
    stale: tuple[float, str] | None = None
    made: dict[str, bytes] = field(default_factory=dict)
    peers: dict[str, Device] = field(default_factory=dict)

    def connected(self, other: Device) -> bool:
        """They are in one cluster and reach each other."""
        if other is self:
            return True
        together = self.group is not None and self.group is other.group and self.group.talks
        return together and self.up and other.up and not (self.operation or other.operation)

    def reboot(self) -> None:
        """Sessions end; an operation under way is lost, as if it had failed."""
        self.boots += 1
        if self.operation is not None:
            self.operation.fails, self.operation.ends = True, 0.0

    def snapshot(self, name: str) -> str:
        """Make a backup."""
        content = json.dumps(sorted(self.rows)).encode()
        self.files[f"{name}.bak"] = self.made[f"{name}.bak"] = content
        return f"{name}.bak ready for download"

    def certs(self, command: str) -> str:
        """Configure files."""
        names = command.split()[3:]
        if self.group is not None or self.operation:
            return "ERROR: Cannot change certificates when clustering enabled.\n  Disable clustering on this node first"
        if len(names) not in (3, 5) or any(name not in self.files for name in names):
            return "ERROR: no such file"
        self.configured = dict(zip(DATABASE_PLACES[-len(names) :], names, strict=True))
        self.copies = {name: digest_of(self.files[name]) for name in names}
        self.last, self.expired, self.error = (command, "Success"), False, None
        return "Certificates updated"

    def question(self, kind: str) -> str:
        """What is asked before an operation; what is refused at once begins with ERROR."""
        if self.operation is not None:
            return "ERROR: an operation is under way"
        if kind == REMOVE and self.group is None:
            return "ERROR: This node is not in a cluster"
        if kind == CONNECT and self.has_database:
            return "ERROR: This node has a database"
        follows = _FOLLOWS[kind].format(master="primary" if self.new_words else "master") if self.has_database else ""
        text = f"WARNING!!!\nAre you sure you wish to {_ASKED[kind]}? (Y/n)\n{follows}"
        text += "The callbridge and web administration will restart at the end of this procedure."
        if self.group is not None and kind in (JOIN, CONNECT, INITIALIZE):
            text += (
                "\nNOTE: This node is already in a cluster.\nKnowledge of all nodes in the old cluster will be removed"
            )
        if self.fate == ODDLY:
            self.fate = None
            text += "\nAll calls will be recorded."
        return text

    def begin(self, kind: str, command: str, now: float, target: Device | None) -> None:
        """The answer was yes."""
        fate, self.fate = self.fate, None
        if fate == DEAF:
            # Where we saw that it was taken, it is never sent again.
            self.needs_a_person = self.needs_a_person or kind == INITIALIZE
            return
        shown = self.status()
        seconds = {HANGS: 1e9, SLOW: 15.0}.get(fate or "", 1.0)
        fails = fate == FAILS
        if kind in (JOIN, CONNECT):
            able = target is not None and target.up and target.group is not None and target.operation is None
            fails = fails or not able or target is self or (target is not None and target.expired)
            if kind == JOIN and target is not self:
                # From here on it holds nothing of its own.
                self.rows = frozenset()
        if kind in (INITIALIZE, JOIN, CONNECT):
            self._leave()
        self.operation = Operation(kind, command, now + seconds, fails)
        self.error = None
        if fate == STALE:
            self.stale = (now + 2.0, shown)

    def tick(self, now: float, target: Device | None) -> None:
        """Let an operation end whose time has come."""
        done = self.operation
        if self.stale is not None and self.stale[0] <= now:
            self.stale = None
        if done is None or done.ends > now:
            return
        self.operation = None
        self.last = (done.command, "Failed" if done.fails else "Success")
        if done.fails:
            # Some releases go back, some show an error that stays until a person takes it away.
            self.error = "it did not work" if done.kind == JOIN and self.new_words else None
            # A second initialize is never sent in one run.
            self.needs_a_person = self.needs_a_person or done.kind == INITIALIZE or self.error is not None
        elif done.kind == REMOVE:
            self._leave()
        elif done.kind == INITIALIZE:
            self.group, self.in_sync = Group([self.address], self), True
        elif target is not None and target.group is not None:
            self.group = target.group
            if self.has_database:
                self.group.known.append(self.address)
                source = self.group.master
                self.rows = source.rows if source is not None else frozenset()
                self.in_sync = True

    def status(self) -> str:
        """The text of `database cluster status`, but for what a stale one shows."""
        lines = []
        group = self.group
        if self.operation is not None:
            lines = [f"Status : {_WHILE[self.operation.kind]} (Started 19 seconds ago)", "Nodes:"]
        elif self.error:
            lines = [f"ERROR : {self.error}", "Status : Error"]
        elif group is None or group.shows_disabled:
            lines = ["Status : Disabled"]
        else:
            lines = ["Status : Enabled", "Nodes:"]
            lines += [f"  {address}{self._view(address, group)}" for address in group.known]
        lines += ["Node in use : None", "Interface : a", "Certificates"]
        lines += [
            f"  {place} : {name}{' (expired)' if self.expired and 'Certificate' in place and 'CA' not in place else ''}"
            for place, name in self.configured.items()
        ]
        if self.operation is None and self.last is not None:
            lines.append(f"Last command : '{self.last[0]}' ({self.last[1]})")
        return "\n".join(lines)

    def _view(self, address: str, group: Group) -> str:
        me = address == self.address
        other = self if me else self.peers.get(address)
        mark = " (me)" if me else ""
        if other is None or not self.connected(other) or (other.group is not group):
            return f"{mark} : Disconnected"
        if group.master is other:
            return f"{mark} : Connected {'Primary' if self.new_words else 'Master'}"
        sync = " ( In Sync )" if other.in_sync and group.talks else ""
        return f"{mark} : Connected {'Replica' if self.new_words else 'Slave'}{sync}"

    def _leave(self) -> None:
        if self.group is not None and self.group.master is self:
            self.group.master = None
        self.group = None


def digest_of(content: bytes) -> str:
    """SHA-256, lower-case hex."""
    return sha256(content).hexdigest()
