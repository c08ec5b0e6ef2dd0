"""What certificate requests are to say of a node: the `pki:` data of a host, and what it inherits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any, Final

from nornir.core.inventory import Host, Inventory

from mmpctl.errors import InventoryError
from mmpctl.inventory.documents import Sources
from mmpctl.inventory.mistakes import Problem, did_you_mean

PKI_KEY: Final = "pki"
COMMON_NAME, NAMES, COUNTRY = "CN", "subjectAltName", "C"
# In the order of the device's command, with the most characters that certificates have a place for (RFC 5280).
BOUNDS: Final[Mapping[str, int]] = MappingProxyType(
    {COMMON_NAME: 64, "OU": 64, "O": 64, "L": 128, "ST": 128, COUNTRY: 2}
)
_COUNTRY = re.compile(r"[A-Z]{2}")
_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:\*\.)?(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)(?:\.[A-Za-z0-9_-]{1,63})*"
)
# They end a word of the command line, or mean something else there.
_BREAKING: Final = '"\\`$!?;|<>'


@dataclass(frozen=True, slots=True)
class PkiFields:
    """The subject that an inventory gives to the requests of a node.

    Args:
        common_name: of the server; None for the node's own name.
        fields: the others of the subject, by their short names, in the order of the device's command.
        names: host names and addresses beside the subject.
    """

    common_name: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()


def pki_fields(host: Host) -> PkiFields:
    """Return what the inventory says of a node's requests; what the host says of a field goes before its groups.

    Args:
        host: of any inventory.

    Raises:
        InventoryError: something in it cannot be asked for.
    """
    for keys, what, cure in _mistakes(host):
        raise InventoryError(f"{'.'.join(keys)}: {what}", node=host.name, advice=cure)
    told = _inherited(host)
    return PkiFields(
        told.get(COMMON_NAME),
        tuple((key, told[key]) for key in BOUNDS if key != COMMON_NAME and key in told),
        _names(told.get(NAMES)),
    )


def problems_of_pki(inventory: Inventory, sources: Sources) -> Iterator[Problem]:
    """Yield what is wrong with the `pki:` data of all hosts.

    Args:
        inventory: all of it.
        sources: where it was loaded from.
    """
    for host in inventory.hosts.values():
        for keys, what, cure in _mistakes(host):
            yield Problem(sources.place("hosts", host.name, "data", *keys), host.name, what, cure)


def _levels(host: Host) -> list[Any]:
    above = [group.data for group in host.extended_groups()]
    levels = [host.data, *above, *([host.defaults.data] if host.defaults else [])]
    return [level[PKI_KEY] for level in levels if level.get(PKI_KEY) is not None]


def _inherited(host: Host) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for level in _levels(host):
        told = {**level, **told} if isinstance(level, Mapping) else told
    return {key: value for key, value in told.items() if value is not None}


def _mistakes(host: Host) -> Iterator[tuple[tuple[str, ...], str, str]]:
    known = (*BOUNDS, NAMES)
    for level in _levels(host):
        if not isinstance(level, Mapping):
            cure = f"Write its fields ({', '.join(known)}) below `{PKI_KEY}:`, indented."
            yield (PKI_KEY,), f"{PKI_KEY} is {level!r} instead of a block of keys", cure
    for key, value in _inherited(host).items():
        place = (PKI_KEY, str(key))
        if key == NAMES:
            yield from ((place, what, cure) for what, cure in _wrong_names(value))
        elif key not in BOUNDS:
            cure = did_you_mean(key, known) or f"The keys below `{PKI_KEY}:` are {', '.join(known)}."
            yield place, f"unknown key {key!r} in {PKI_KEY}", cure
        elif (wrong := _wrong_value(key, value)) is not None:
            yield place, *wrong


def _wrong_value(key: str, value: object) -> tuple[str, str] | None:
    if not isinstance(value, str) or not value.strip():
        return f"{PKI_KEY} {key} {value!r} is not a word", "Write a word, and put numbers in quotes."
    if key == COUNTRY:
        if _COUNTRY.fullmatch(value):
            return None
        return (
            f"{PKI_KEY} {key} {value!r} is not a country",
            "Write the two capital letters of the country, such as GB.",
        )
    if value != value.strip() or not value.isprintable() or set(value) & set(_BREAKING):
        what = f"{PKI_KEY} {key} {value!r} contains a character that the device's command line cannot take"
        return what, f"Leave out {' '.join(_BREAKING)}, line breaks, and blanks at the beginning and the end."
    if len(value) > BOUNDS[key]:
        what = f"{PKI_KEY} {key} has {len(value)} characters"
        return what, f"Certificates have a place for {BOUNDS[key]}. Write a shorter value."
    return None


def _wrong_names(value: object) -> Iterator[tuple[str, str]]:
    if not isinstance(value, (str, list)) or not value:
        yield f"{PKI_KEY} {NAMES} {value!r} is no list of names", "Write a list, such as [cms1.example.com, 192.0.2.1]."
        return
    for name in _names(value):
        if not isinstance(name, str) or not (_is_address(name) or _HOST_NAME.fullmatch(name)):
            what = f"{PKI_KEY} {NAMES} {name!r} is neither a name nor an address"
            yield what, "Write DNS names and IP addresses, without blanks between them."


def _names(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    # The device's own form is one word with commas.
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else tuple(value)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
