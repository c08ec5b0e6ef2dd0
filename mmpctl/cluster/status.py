"""What one node reports about its database cluster (`database cluster status`)."""

from __future__ import annotations

from dataclasses import dataclass, field

DISABLED = "Disabled"
ENABLED = "Enabled"
ERROR = "Error"

# `database cluster join <address>`, and likewise connect.
_WITH_TARGET = 4

_MASTER_STATES = frozenset({"connectedmaster", "connectedprimary"})
_IN_SYNC_STATES = frozenset({"connectedslave(insync)", "connectedreplica(insync)"})
_OUT_OF_SYNC_STATES = frozenset({"connectedslave", "connectedreplica"})
_DISCONNECTED = "disconnected"


@dataclass(frozen=True, slots=True)
class Member:
    """One line of `Nodes:`, as the asked node sees that member.

    Args:
        address: as printed.
        me: the line is about the asked node itself.
        state: as printed; an open set, an unknown state is not healthy.
    """

    address: str
    me: bool
    state: str

    @property
    def is_master(self) -> bool:
        """The asked node calls this member Connected Master or Connected Primary."""
        return _squeezed(self.state) in _MASTER_STATES

    @property
    def in_sync(self) -> bool:
        """The asked node calls this member a slave (replica) that is in sync."""
        return _squeezed(self.state) in _IN_SYNC_STATES

    @property
    def healthy(self) -> bool:
        """Master, or a slave in sync."""
        return self.is_master or self.in_sync

    @property
    def has_database(self) -> bool:
        """The state is one that only a node with a database has."""
        return self.healthy or _squeezed(self.state) in _OUT_OF_SYNC_STATES

    @property
    def is_disconnected(self) -> bool:
        """The asked node has no connection to this member."""
        return _squeezed(self.state) == _DISCONNECTED


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """The files that `database cluster certs` was given; the server pair is absent on client nodes."""

    server_key: str | None = None
    server_certificate: str | None = None
    client_key: str | None = None
    client_certificate: str | None = None
    ca_certificate: str | None = None

    def names(self) -> tuple[str, ...]:
        """Return the names that are set, in the order of the `certs` command."""
        given = (
            self.server_key,
            self.server_certificate,
            self.client_key,
            self.client_certificate,
            self.ca_certificate,
        )
        return tuple(name for name in given if name)

    def in_places_of(self, wanted: CertificateFiles) -> CertificateFiles:
        """Return the files in those places alone that another set fills: a client may go on to show an old server pair.

        Args:
            wanted: the set whose places count.
        """
        return CertificateFiles(
            self.server_key if wanted.server_key else None,
            self.server_certificate if wanted.server_certificate else None,
            self.client_key if wanted.client_key else None,
            self.client_certificate if wanted.client_certificate else None,
            self.ca_certificate if wanted.ca_certificate else None,
        )


@dataclass(frozen=True, slots=True)
class DatabaseStatus:
    """The parsed output of `database cluster status`; names and order are those of the JSON contract.

    Args:
        status: `Disabled`, `Enabled`, `Error`, `Disabling`, or another word of the device.
        started_seconds: age of the running operation in seconds, if the device tells.
        error: the text of the ERROR line.
        nodes: the members this node sees.
        node_in_use: address of the database that the Call Bridge uses; proves no master.
        interface: the interface of `database cluster localnode`.
        certificates: the configured files.
        expired: the files that the device marks as expired.
        last_command: the last cluster command as typed.
        last_result: `Success` or `Failed`.
        unknown: whole lines beside these facts that nobody knows, as printed.
        alarming: those of them that report an error, or may contradict the facts.
    """

    status: str
    started_seconds: int | None = None
    error: str | None = None
    nodes: tuple[Member, ...] = ()
    node_in_use: str | None = None
    interface: str | None = None
    certificates: CertificateFiles = field(default_factory=CertificateFiles)
    expired: tuple[str, ...] = ()
    last_command: str | None = None
    last_result: str | None = None
    unknown: tuple[str, ...] = ()
    alarming: tuple[str, ...] = ()

    @property
    def me(self) -> Member | None:
        """This node's own line."""
        return next((member for member in self.nodes if member.me), None)

    @property
    def brief(self) -> str:
        """The status in a few words that do not change with time alone."""
        own = f": {self.me.state}" if self.me else ""
        error = f" ({self.error})" if self.error else ""
        return f"{self.status}{own}{error}"

    @property
    def masters(self) -> tuple[str, ...]:
        """Addresses that this node calls Connected Master or Primary."""
        return tuple(member.address for member in self.nodes if member.is_master)

    @property
    def named(self) -> frozenset[str]:
        """Addresses of all nodes that it names: the members, and the node that it has joined or is connected to."""
        members = frozenset(member.address for member in self.nodes)
        words = (self.last_command or "").split()
        # What a node joined is known by its last command, even if nobody is shown as a member any more.
        return members | {words[3]} if len(words) == _WITH_TARGET else members

    @property
    def settled(self) -> bool:
        """Whether no operation is running on a database node: the status is a target value."""
        return self.status in (DISABLED, ENABLED, ERROR) and self.started_seconds is None

    @property
    def names_a_success(self) -> bool:
        """It shows a last command that did not fail: its release shows one after a success."""
        return self.last_command is not None and self.last_result != "Failed"

    def finished(self, command: str) -> bool | None:
        """Return whether the last command is this one, and how it ended.

        Args:
            command: as it was typed.

        Returns:
            True for success, False for failure, None while the device does not name it as ended.
        """
        if self.last_command is None or self.last_command.split() != command.split():
            return None
        return {"Success": True, "Failed": False}.get(self.last_result or "")


def _squeezed(text: str) -> str:
    return "".join(text.split()).lower()
