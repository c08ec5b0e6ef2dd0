"""What a renewal of services wants: the new files of each service, beside those that it used when the run began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mmpctl.services.renewable import PairSetting, RenewableService
from mmpctl.services.seen_services import PairNames, UnitKey


@dataclass(frozen=True, slots=True)
class Presented:
    """What a service must present to whoever connects to it.

    Args:
        leaf: SHA-256 of its own certificate, lower-case hex; None if it is not known.
        chain: likewise of the CAs above it that it must send, upwards.
    """

    leaf: str | None
    chain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WantedPair:
    """One pair of a service that is renewed.

    Args:
        setting: which pair.
        old: the files that were in use when the run began.
        new: those that take their place.
        presents: what the service shows with the new files.
        presented: what it showed with the old ones.
        digests: SHA-256 of each new file, by its name on the device.
        serial: of the new certificate, lower-case hex.
    """

    setting: PairSetting
    old: PairNames
    new: PairNames
    presents: Presented
    presented: Presented = Presented(None)
    digests: Mapping[str, str] = field(default_factory=dict)
    serial: str = ""

    def names(self, *, back: bool) -> PairNames:
        """Return the files to set: the new ones, or the old ones on the way back."""
        return self.old if back else self.new


@dataclass(frozen=True, slots=True)
class WantedUnit:
    """One service of one node that is renewed.

    Args:
        key: which one.
        service: what is known of the service.
        pairs: those that are renewed.
        first_expiry: when the first of the new certificates or of the CAs above them expires, aware.
    """

    key: UnitKey
    service: RenewableService
    pairs: tuple[WantedPair, ...]
    first_expiry: datetime | None = None


@dataclass(frozen=True, slots=True)
class ServiceGoal:
    """What the services of one group of nodes are to use.

    Args:
        units: in the order in which they are renewed.
        max_calls: a Call Bridge is restarted with no more calls than that; None if the operator said none of it.
        restarts: inventory names of the nodes whose Call Bridge may be restarted whatever calls are on it, by the
            operator's word.
    """

    units: tuple[WantedUnit, ...]
    max_calls: int | None = None
    restarts: frozenset[str] = frozenset()

    @property
    def nodes(self) -> tuple[str, ...]:
        """Inventory names of the nodes that get new files, in the order in which they are needed."""
        return tuple(dict.fromkeys(unit.key.node for unit in self.units))

    @property
    def valid_until(self) -> datetime | None:
        """When the first of the new certificates expires, its CAs included; None if it is not known."""
        ends = [unit.first_expiry for unit in self.units]
        known = [end for end in ends if end is not None]
        return min(known) if known and len(known) == len(ends) else None

    def allows(self, calls: int | None) -> bool:
        """Return whether a Call Bridge may restart with so many calls on it.

        Args:
            calls: None if nobody knows.
        """
        return self.max_calls is not None and calls is not None and calls <= self.max_calls

    def unit(self, key: UnitKey) -> WantedUnit | None:
        """Return one of the units; None if it is not renewed."""
        return next((unit for unit in self.units if unit.key == key), None)

    def pairs_of(self, node: str) -> Iterator[WantedPair]:
        """Yield the pairs that are renewed on a node.

        Args:
            node: inventory name.
        """
        for unit in self.units:
            if unit.key.node == node:
                yield from unit.pairs
