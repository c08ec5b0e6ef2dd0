"""What a renewal of services wants: the new files of each service, beside those that it used when the run began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mmpctl.services.renewable import PairSetting, RenewableService
from mmpctl.services.seen_services import PairNames, SeenService, UnitKey
from mmpctl.services.store_settings import StoreSetting


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

    @property
    def part(self) -> str:
        """What the step that sets it is about, beside its node."""
        return self.setting.command

    @property
    def sent(self) -> tuple[str, ...]:
        """The files that are put on the node, by their names there."""
        return self.new.arguments

    def names(self, *, back: bool) -> PairNames:
        """Return the files to set: the new ones, or the old ones on the way back."""
        return self.old if back else self.new

    def arguments(self, *, back: bool) -> tuple[str, ...]:
        """Return what its command is given: the new files, or the old ones on the way back."""
        return self.names(back=back).arguments


@dataclass(frozen=True, slots=True)
class WantedStore:
    """A file that says whom a service trusts, and gets more certificates; nothing that it holds goes.

    Args:
        setting: which store.
        old: what its command was given when the run began; the store's file comes last.
        new: what it is given instead.
        digests: SHA-256 of the new file, by its name on the device.
        added: the certificates that are added, in PEM form.
    """

    setting: StoreSetting
    old: tuple[str, ...]
    new: tuple[str, ...]
    digests: Mapping[str, str]
    added: tuple[str, ...]

    @property
    def part(self) -> str:
        """What the step that sets it is about, beside its node."""
        return self.setting.part

    @property
    def sent(self) -> tuple[str, ...]:
        """The file that is put on the node, by its name there."""
        return self.new[-1:]

    def arguments(self, *, back: bool) -> tuple[str, ...]:
        """Return what its command is given: the new file, or the old one on the way back."""
        return self.old if back else self.new


@dataclass(frozen=True, slots=True)
class WantedUnit:
    """One service of one node that is renewed.

    Args:
        key: which one.
        service: what is known of the service.
        pairs: those that are renewed.
        stores: those that are extended.
        stays: pairs that are left as they are, and must be presented all the same.
        first_expiry: when the first of the new certificates or of the CAs above them expires, aware.
    """

    key: UnitKey
    service: RenewableService
    pairs: tuple[WantedPair, ...]
    first_expiry: datetime | None = None
    stores: tuple[WantedStore, ...] = ()
    stays: tuple[WantedPair, ...] = ()

    @property
    def given(self) -> tuple[WantedStore | WantedPair, ...]:
        """All that it is given new files for."""
        return (*self.stores, *self.pairs)

    @property
    def shows_itself(self) -> bool:
        """Whether a connection shows that it has started with all its new files; else only its own lines tell that."""
        return not self.stores and all(pair.setting.listens for pair in self.pairs)

    @property
    def presenting(self) -> tuple[WantedPair, ...]:
        """All that it is to present."""
        return (*self.pairs, *self.stays)

    def shown(self, seen: SeenService, *, back: bool) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Yield the files that it shows for each of its settings, and those that it is to show.

        Args:
            seen: the service as it is seen.
            back: the old files.
        """
        for pair in self.presenting:
            names = seen.pairs.get(pair.setting.command)
            yield names.arguments if names else (), pair.arguments(back=back)
        for store in self.stores:
            yield seen.stores.get(store.setting.command, ()), store.arguments(back=back)


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
        ends = [unit.first_expiry for unit in self.units if unit.pairs]
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

    @property
    def extended(self) -> tuple[WantedUnit, ...]:
        """The services whose trust is extended before anything is renewed."""
        return tuple(unit for unit in self.units if unit.stores)

    @property
    def services(self) -> frozenset[str]:
        """The services that it has to do with, by name."""
        return frozenset(unit.key.service for unit in self.units)

    def given_on(self, node: str) -> Iterator[WantedStore | WantedPair]:
        """Yield all that new files are for on a node.

        Args:
            node: inventory name.
        """
        for unit in self.units:
            if unit.key.node == node:
                yield from unit.given

    def digests_on(self, node: str) -> dict[str, str]:
        """Return the SHA-256 of each new file of a node, by its name there.

        Args:
            node: inventory name.
        """
        return {name: sha256 for one in self.given_on(node) for name, sha256 in one.digests.items()}
