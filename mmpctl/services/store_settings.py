"""The files that say whom a service trusts, and can be extended: how each is set, and how the service shows it.

Source: the notes on the services' commands, and the table of who checks whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mmpctl.peers.relations import RELATIONS
from mmpctl.services.seen_services import TRUST, UnitKey
from mmpctl.services.switched_services import SWITCHED


@dataclass(frozen=True, slots=True)
class StoreSetting:
    """One store of a service.

    Args:
        command: all that stands before the names of files: `callbridge trust c2w`, `recorder sip certs`.
        words: those of its label in the service's settings that tell it from the service's other stores.
    """

    command: str
    words: frozenset[str]

    @property
    def service(self) -> str:
        """The service's name."""
        return self.command.partition(" ")[0]

    @property
    def pair(self) -> str | None:
        """The command of the pair whose third file it is; None for a store that is set by itself."""
        before, _, last = self.command.rpartition(" ")
        return before if last == "certs" else None

    @property
    def part(self) -> str:
        """What steps call it, beside their node: `callbridge-trust trust c2w`."""
        return f"{UnitKey('', self.service, TRUST).part} {self.command.partition(' ')[2]}"

    @property
    def device_prefix(self) -> str:
        """What its names on the device begin with."""
        words = [word for word in self.command.split() if word not in (TRUST, "certs")]
        return "-".join((*words, TRUST))


_SERVICES: Final = frozenset(one.name for one in SWITCHED)

STORES: Final = tuple(
    dict.fromkeys(StoreSetting(one.command, one.store) for one in RELATIONS if one.verifier in _SERVICES)
)


def stores_of(service: str) -> tuple[StoreSetting, ...]:
    """Return the stores of a service that can be extended.

    Args:
        service: its command.
    """
    return tuple(one for one in STORES if one.service == service)


def store_setting(command: str) -> StoreSetting | None:
    """Return the store that a command sets; None if it is none that can be extended.

    Args:
        command: without the names of files.
    """
    return next((one for one in STORES if one.command == command), None)
