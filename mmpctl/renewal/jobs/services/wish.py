"""What is wanted of a renewal of services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from nornir.core import Nornir

from mmpctl.inventory.nodes import Node
from mmpctl.renewal.run_options import RunOptions
from mmpctl.services.renewable import RenewableService, in_turn
from mmpctl.services.seen_services import UnitKey
from mmpctl.services.unattended import Unattended


@dataclass(frozen=True, slots=True)
class ServiceWish:
    """What is wanted of services.

    Args:
        certs: the folder of the new certificates.
        names: of the services.
        max_calls: a Call Bridge is restarted with no more calls than that; None if the operator said none of it.
        drop_calls: inventory names of the nodes whose calls may drop, by the operator's word.
        done: what the operator has done outside, by the names of the systems: `CUCM`.
        only: inventory names of the nodes whose services are renewed; None for all.
        units: the services that are renewed, of those that are named; None for all.
        if_due: only services of which a certificate expires within so many days; None for all.
        alone: what the inventory allows without a person, by node; None if there is one.
        everybody: all nodes of the inventory, of which some may not be looked at; None if there are no others.
        options: what is wanted of the run.
    """

    certs: Path
    names: tuple[str, ...]
    max_calls: int | None = None
    drop_calls: frozenset[str] = frozenset()
    done: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    units: frozenset[UnitKey] | None = None
    if_due: int | None = None
    alone: Mapping[str, Unattended] | None = None
    everybody: tuple[Node, ...] | None = None
    options: RunOptions = field(default_factory=RunOptions)

    @property
    def services(self) -> tuple[RenewableService, ...]:
        """The services, in the order in which they are renewed."""
        return in_turn(self.names)

    def is_about(self, node: str) -> bool:
        """Return whether the services of a node are renewed.

        Args:
            node: its inventory name.
        """
        return self.only is None or node in self.only

    def wants(self, key: UnitKey) -> bool:
        """Return whether a service of a node is renewed.

        Args:
            key: of the service.
        """
        return self.is_about(key.node) and (self.units is None or key in self.units)

    def narrowed(self, nr: Nornir) -> ServiceWish:
        """Return what is wanted of the nodes that are given.

        Args:
            nr: they.
        """
        return replace(self, drop_calls=self.drop_calls & set(nr.inventory.hosts))

    def within_days(self, if_due: int | None, *, alone: bool) -> ServiceWish:
        """Return the same for a timer: what is due, and a Call Bridge without calls only; without days, all of it.

        Args:
            if_due: only services of which a certificate expires within so many days; None for all.
            alone: nobody is asked: only what the inventory allows without a person.
        """
        if if_due is None:
            return self
        allowed = {node.name: node.unattended for node in self.everybody or ()} if alone else None
        return replace(self, max_calls=0, if_due=if_due, alone=allowed)
