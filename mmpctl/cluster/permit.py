"""A single-use permission for one dangerous command on one node; only guards issue it."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import ClassVar, Final, NoReturn, SupportsIndex

from mmpctl.cluster.marks import Alone
from mmpctl.cluster.observed import ObservedNode
from mmpctl.cluster.status import CertificateFiles
from mmpctl.cluster.step import StepKind
from mmpctl.cluster.step_kinds import CERTS, CONNECT, INITIALIZE, JOIN, REMOVE
from mmpctl.errors import RefusedError

# Whoever holds the seal can make permits; it is given to `guards` alone (a test looks for other uses).
SEAL: Final = object()

# Where nobody has looked, any trace of another run counts.
_NOTHING_ACCEPTED: Final = Alone()


@dataclass(frozen=True, slots=True)
class Identity:
    """How a node identified itself when it was observed for the plan.

    Args:
        host_key: SHA-256 fingerprint of the host key.
        hostname: host name in the prompt.
        known_as: the addresses that are its own.
    """

    host_key: str
    hostname: str
    known_as: frozenset[str]

    @classmethod
    def of(cls, node: ObservedNode) -> Identity:
        """Return the identity of an observed node."""
        return cls(node.host_key, node.hostname, node.known_as)


@dataclass(frozen=True, slots=True)
class Proof:
    """Who is at the other end of an open session, by what that session itself has shown.

    Args:
        node: inventory name of the node that the session was opened to.
        host_key: fingerprint that it was opened with.
        hostname: host name in its prompt.
        me: the address that the node calls itself in its status, None if it shows none.
        me_names: what that address resolves to.
    """

    node: str
    host_key: str
    hostname: str
    me: str | None = None
    me_names: frozenset[str] = frozenset()


class Permit:
    """A single-use permission to send one command to one node.

    The subclasses are what the destructive tasks ask for, so that a permit for one thing does not open another. Each is
    of one kind of step, which makes the command of what the permit is given.

    Args:
        node: inventory name of the node.
        payload: what the command is given: the names of files, an address.
        identity: what the node must prove itself with right before.
        alone: what may lie on the node without being the sign of somebody else at work.
        seal: the guards' seal.

    Raises:
        RefusedError: whoever makes it does not hold the seal.
    """

    kind: ClassVar[StepKind]

    def __init__(
        self, node: str, payload: tuple[str, ...], identity: Identity, alone: Alone = _NOTHING_ACCEPTED, *, seal: object
    ) -> None:
        if seal is not SEAL:
            raise RefusedError(
                "a permit can only come from the guards",
                node=node,
                advice="Use the functions of mmpctl.cluster.guards.",
            )
        self.node = node
        self.payload = payload
        self.identity = identity
        self._alone = alone
        self._spent = False
        self._lock = Lock()

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """A copy would be a second permit: there is none."""
        raise TypeError("a permit cannot be copied")

    @property
    def command(self) -> str:
        """The only command that may be sent with it."""
        return self.kind.command(*self.payload)

    def spend(self, proof: Proof) -> str:
        """Give out the command, once, to the very node that was observed.

        Args:
            proof: who is at the other end of the open session.

        Returns:
            The command to send.

        Raises:
            RefusedError: the permit was used before, or the session is with another node.
        """
        for what, seen, expected in (
            ("inventory name", proof.node, self.node),
            ("host key", proof.host_key, self.identity.host_key),
            ("prompt", proof.hostname, self.identity.hostname),
        ):
            if seen != expected or not seen:
                raise RefusedError(
                    f"the {what} is {seen!r} now, it was {expected!r} when the plan was made",
                    code="other-node",
                    node=self.node,
                    advice="This may be another machine. Nothing was sent. Find out what changed.",
                )
        if proof.me is not None and not ({proof.me} | proof.me_names) & self.identity.known_as:
            raise RefusedError(
                f"the node shows {proof.me} as its own address, not {', '.join(sorted(self.identity.known_as))}",
                code="other-node",
                node=self.node,
                advice="Addresses may be swapped. Nothing was sent. Correct db_address in the inventory.",
            )
        with self._lock:
            if self._spent:
                raise RefusedError(
                    f"the permit for '{self.command}' was used before", node=self.node, advice="Look at the node first."
                )
            self._spent = True
        return self.command

    @property
    def run(self) -> str:
        """The run that it is for; empty if nobody has looked for others."""
        return self._alone.run

    def check_alone(self, seen: frozenset[str]) -> None:
        """Make sure, right before the command or its answer, that nobody else has begun to work on the node.

        Args:
            seen: the traces of runs that lie on the node now.

        Raises:
            RefusedError: another run, or a copy of this one, has left a trace there since (code `not-alone`).
        """
        why = self._alone.broken_by(seen)
        if why is not None:
            raise RefusedError(
                why,
                code="not-alone",
                node=self.node,
                advice="Nothing was confirmed. Find out who runs it, and let only one of the two go on.",
            )


class RemovePermit(Permit):
    """A permission to remove one node from its cluster."""

    kind = REMOVE


class CertsPermit(Permit):
    """A permission to configure one node's certificates.

    Args:
        node: inventory name of the node.
        files: the names of the files on the device.
        identity: what the node must prove itself with right before.
        alone: what may lie on the node without being the sign of somebody else at work.
        seal: the guards' seal.

    Raises:
        RefusedError: whoever makes it does not hold the seal.
    """

    kind = CERTS

    def __init__(
        self,
        node: str,
        files: CertificateFiles,
        identity: Identity,
        alone: Alone = _NOTHING_ACCEPTED,
        *,
        seal: object,
    ) -> None:
        super().__init__(node, files.names(), identity, alone, seal=seal)
        self.files = files


class InitializePermit(Permit):
    """A permission to make the keeper's database the master of a new cluster."""

    kind = INITIALIZE


class JoinPermit(Permit):
    """A permission to replace one node's database by the keeper's."""

    kind = JOIN


class ConnectPermit(Permit):
    """A permission to connect one client node to the keeper's cluster."""

    kind = CONNECT
