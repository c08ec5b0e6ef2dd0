"""Services as their nodes show them: on or off, with which files, and at which ports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from mmpctl.cluster.backups import BackupOnNode

# What else than its certificates may be renewed of a service: whom it trusts. Also the end of its parts of a run.
TRUST: Final = "trust"
_BETWEEN: Final = "-"


class UnitKey(NamedTuple):
    """One service of one node: what a renewal of services works on, one after the other.

    Args:
        node: inventory name.
        service: its command.
        aim: what of it: empty for its certificates, `trust` for the files that say whom it trusts.
    """

    node: str
    service: str
    aim: str = ""

    def __str__(self) -> str:
        return f"{self.part} of {self.node}"

    @property
    def part(self) -> str:
        """What steps and documents call it, beside its node: `callbridge`, `callbridge-trust`."""
        return f"{self.service}{_BETWEEN}{self.aim}" if self.aim else self.service

    @property
    def whole(self) -> UnitKey:
        """The service itself, whatever is renewed of it."""
        return UnitKey(self.node, self.service)

    @classmethod
    def of_part(cls, node: str, part: str) -> UnitKey:
        """Return the service that a part of a node names: `webbridge3`, `webbridge3 c2w`, `webbridge3-trust c2w trust`.

        Args:
            node: inventory name.
            part: as steps and documents have it.
        """
        service, _, aim = part.partition(" ")[0].partition(_BETWEEN)
        return cls(node, service, aim)


class PairNames(NamedTuple):
    """The files of one pair, by their names on the device, in the order of the command.

    Args:
        key: the key.
        certificate: the certificate, perhaps with its chain.
        bundle: the CAs; None if none are set.
    """

    key: str
    certificate: str
    bundle: str | None = None

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names as a command takes them."""
        return (self.key, self.certificate) if self.bundle is None else (self.key, self.certificate, self.bundle)


@dataclass(frozen=True, slots=True)
class SeenService:
    """One service as its node shows it.

    Args:
        enabled: whether it is on; None if the node does not show it: of the Call Bridge none does.
        pairs: the files that are set, by the command that sets them; a pair that is not whole is left out.
        ports: where each pair answers, likewise, as far as its settings show it.
        stores: the files that say whom it trusts, by the command that sets them, as that command takes them.
    """

    enabled: bool | None = None
    pairs: Mapping[str, PairNames] = field(default_factory=dict)
    ports: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    stores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def brief(self) -> str:
        """The same in a few words."""
        state = {True: "on", False: "off", None: "in an unknown state"}[self.enabled]
        files = ", ".join(pair.certificate for pair in self.pairs.values())
        return f"{state}, {files}" if files else state


@dataclass(frozen=True, slots=True)
class SeenNode:
    """One node as it was seen last.

    Args:
        name: inventory name.
        site: where it stands.
        address: where its services listen.
        host_key: fingerprint that it proved itself with.
        hostname: in its prompt.
        services: by name; a service that its release does not know is not among them.
        backups: those that lie on it.
        marks: the marks of runs that lie on it.
        clock_ahead: seconds that its clock is ahead of this machine's; None if it does not tell.
        no_transfer: why no files can be moved; None if they can.
        calls: calls on it now; None if nobody knows.
        no_calls: why nobody knows; empty if nobody has asked.
        calls_soon: nobody knows now, and it may be known in a moment.
        error: why it could not be looked at; None if it was.
    """

    name: str
    site: str | None = None
    address: str = ""
    host_key: str = ""
    hostname: str = ""
    services: Mapping[str, SeenService] = field(default_factory=dict)
    backups: tuple[BackupOnNode, ...] | None = None
    marks: frozenset[str] = frozenset()
    clock_ahead: float | None = None
    no_transfer: str | None = None
    calls: int | None = None
    no_calls: str = ""
    calls_soon: bool = False
    error: str | None = None

    @property
    def calls_told(self) -> str:
        """How many calls are on it, as a clause."""
        if self.calls is not None:
            return f"{self.calls} call{'s are' if self.calls != 1 else ' is'} on it"
        return "it is not known how many calls are on it" + (f" ({self.no_calls})" if self.no_calls else "")

    @property
    def answers(self) -> bool:
        """It was seen."""
        return self.error is None


@dataclass(frozen=True, slots=True)
class SeenGroup:
    """The nodes of one cluster, or those of no cluster, with their services.

    Args:
        name: of the cluster.
        nodes: in the order of the inventory.
    """

    name: str
    nodes: tuple[SeenNode, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Inventory names of the nodes."""
        return tuple(node.name for node in self.nodes)

    def node(self, name: str) -> SeenNode:
        """Return a node.

        Args:
            name: inventory name.
        """
        return next(node for node in self.nodes if node.name == name)

    def service(self, key: UnitKey) -> SeenService | None:
        """Return a service of a node; None if its node did not answer, or does not know it.

        Args:
            key: of the service.
        """
        node = self.node(key.node)
        return node.services.get(key.service) if node.answers else None

    def with_nodes(self, seen: Mapping[str, SeenNode]) -> SeenGroup:
        """Return the group with some nodes as they are seen now.

        Args:
            seen: by inventory name.
        """
        return replace(self, nodes=tuple(seen.get(node.name, node) for node in self.nodes))
