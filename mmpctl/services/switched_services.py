"""The services that a run may switch off and on, or restart: those with certificates, and those that only trust."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mmpctl.services.renewable import RENEWABLE, RenewableService, TakesEffect, renewable

# Without a certificate of its own, and with a store: it is switched off and on only to trust more.
_ONLY_TRUSTING: Final = (RenewableService("uploader", (), TakesEffect.OFF_AND_ON, "the uploads of recordings end"),)
# In the order in which stores are extended.
SWITCHED: Final = (*RENEWABLE[:-2], *_ONLY_TRUSTING, *RENEWABLE[-2:])


def switched(name: str) -> RenewableService:
    """Return a service that a run may switch off and on, or restart: for its certificates, or for whom it trusts.

    Args:
        name: its command.

    Raises:
        UsageError: there is none such.
    """
    return next((one for one in _ONLY_TRUSTING if one.name == name), None) or renewable(name)


def all_in_turn(names: Iterable[str]) -> tuple[RenewableService, ...]:
    """Return services that a run may switch, in the order of `SWITCHED`.

    Args:
        names: their commands.

    Raises:
        UsageError: one of them is none such.
    """
    wanted = {switched(name).name for name in names}
    return tuple(one for one in SWITCHED if one.name in wanted)
