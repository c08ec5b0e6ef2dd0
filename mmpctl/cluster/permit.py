"""A single-use permission for one dangerous command on one node; only guards issue it."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Final, NoReturn, SupportsIndex

from mmpctl.cluster.marks import Alone
from mmpctl.cluster.observed import ObservedNode
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


class Permit:
    """A single-use permission to send one command to one node.

    The subclasses are what the destructive tasks ask for, so that a permit for one thing does not open another.

    Args:
        node: inventory name of the node.
        command: the only command that may be sent with it.
        identity: what the node must prove itself with right before.
        alone: what may lie on the node without being the sign of somebody else at work.
        seal: the guards' seal.

    Raises:
        RefusedError: whoever makes it does not hold the seal.
    """

    def __init__(
        self, node: str, command: str, identity: Identity, alone: Alone = _NOTHING_ACCEPTED, *, seal: object
    ) -> None:
        if seal is not SEAL:
            raise RefusedError(
                "a permit can only come from the guards",
                node=node,
                advice="Use the functions of mmpctl.cluster.guards.",
            )
        self.node = node
        self.command = command
        self.identity = identity
        self._alone = alone
        self._spent = False
        self._lock = Lock()

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """A copy would be a second permit: there is none."""
        raise TypeError("a permit cannot be copied")

    def spend(self, node: str, host_key: str, hostname: str, me: str | None, me_names: frozenset[str]) -> str:
        """Give out the command, once, to the very node that was observed.

        Args:
            node: inventory name of the node at the other end of the open session.
            host_key: fingerprint that this session was opened with.
            hostname: host name in the prompt of this session.
            me: the address that the node calls itself in its status, None if it shows none.
            me_names: what that address resolves to.

        Returns:
            The command to send.

        Raises:
            RefusedError: the permit was used before, or the session is with another node.
        """
        for what, seen, expected in (
            ("inventory name", node, self.node),
            ("host key", host_key, self.identity.host_key),
            ("prompt", hostname, self.identity.hostname),
        ):
            if seen != expected or not seen:
                raise RefusedError(
                    f"the {what} is {seen!r} now, it was {expected!r} when the plan was made",
                    code="other-node",
                    node=self.node,
                    advice="This may be another machine. Nothing was sent. Find out what changed.",
                )
        if me is not None and not ({me} | me_names) & self.identity.known_as:
            raise RefusedError(
                f"the node shows {me} as its own address, not {', '.join(sorted(self.identity.known_as))}",
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


class CertsPermit(Permit):
    """A permission to configure one node's certificates."""


class InitializePermit(Permit):
    """A permission to make the keeper's database the master of a new cluster."""


class JoinPermit(Permit):
    """A permission to replace one node's database by the keeper's."""


class ConnectPermit(Permit):
    """A permission to connect one client node to the keeper's cluster."""
