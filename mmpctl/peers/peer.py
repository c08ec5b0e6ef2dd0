"""What one node shows of its services: what each presents, and whom each trusts."""

from __future__ import annotations

from dataclasses import dataclass

from mmpctl.peers.held import Held

# Words of a place that do not tell one pair of a service from another.
_COMMON = frozenset({"certificate", "tls"})


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate that a service presents.

    Args:
        service: its command.
        use: the place, in the words of an audit, e.g. `webbridge3 c2w certificate`.
        file: its name on the device.
        path: the leaf, then the CAs that it was found to be signed by; empty if it could not be read.
    """

    service: str
    use: str
    file: str
    path: tuple[Held, ...] = ()

    @property
    def words(self) -> frozenset[str]:
        """What tells it from the service's other pairs, e.g. `c2w`."""
        return frozenset(self.use.split()[1:]) - _COMMON

    @property
    def leaf(self) -> Held | None:
        """The certificate itself; None if it could not be read."""
        return self.path[0] if self.path else None


@dataclass(frozen=True, slots=True)
class Store:
    """Whom a service trusts for one purpose.

    Args:
        service: its command.
        use: the place, in the words of an audit, e.g. `webbridge3 c2w trust bundle`.
        file: its name on the device.
        held: the certificates in it; None if it could not be read.
    """

    service: str
    use: str
    file: str
    held: tuple[Held, ...] | None = None

    @property
    def words(self) -> frozenset[str]:
        """What it is for, e.g. `c2w`, `trust`, `bundle`."""
        return frozenset(self.use.split()[1:])


@dataclass(frozen=True, slots=True)
class Peer:
    """One node.

    Args:
        pairs: what its services present.
        stores: whom they trust.
        off: its services that are set up, and switched off.
    """

    pairs: tuple[Pair, ...] = ()
    stores: tuple[Store, ...] = ()
    off: frozenset[str] = frozenset()
