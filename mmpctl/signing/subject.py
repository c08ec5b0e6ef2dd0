"""What a request is to say of a node: as words of the device's command, and held against what a request says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from mmpctl.certificates.fitness import CLIENT_NAME
from mmpctl.certificates.signing_request import SigningRequest
from mmpctl.errors import RefusedError
from mmpctl.inventory.pki_fields import BOUNDS, COMMON_NAME, NAMES, PkiFields
from mmpctl.signing.requests import CLIENT

_OIDS: Final[Mapping[str, x509.ObjectIdentifier]] = MappingProxyType(
    {
        COMMON_NAME: NameOID.COMMON_NAME,
        "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
        "O": NameOID.ORGANIZATION_NAME,
        "L": NameOID.LOCALITY_NAME,
        "ST": NameOID.STATE_OR_PROVINCE_NAME,
        "C": NameOID.COUNTRY_NAME,
    }
)
# What needs no quotes, and what may stand between them: how the command line reads any other character is not known.
_PLAIN: Final = re.compile(r"[A-Za-z0-9.*@_/+-]+")
_QUOTED: Final = re.compile(r"[A-Za-z0-9.*@_/+ ,:=#&()'-]+")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose certificate a request asks for.

    Args:
        fields: short name and value of each part of the subject, the CN first.
        names: host names and addresses beside it.
    """

    fields: tuple[tuple[str, str], ...]
    names: tuple[str, ...] = ()

    def attributes(self) -> tuple[str, ...]:
        """Return it as the words that follow the base name in `pki csr`.

        Raises:
            RefusedError: a value holds what the command line may take for something else (code `subject`).
        """
        words = [f"{key}:{_sendable(key, value)}" for key, value in self.fields]
        return (*words, f"{NAMES}:{','.join(self.names)}") if self.names else tuple(words)

    def x509_name(self) -> x509.Name:
        """Return the subject as a request holds it, the CN last as usual."""
        first, *others = self.fields
        return x509.Name([x509.NameAttribute(_OIDS[key], value) for key, value in (*others[::-1], first)])

    def x509_names(self) -> x509.SubjectAlternativeName | None:
        """Return the names beside the subject as a request holds them; None if there are none."""
        return x509.SubjectAlternativeName(map(_general, self.names)) if self.names else None

    def differences(self, request: SigningRequest) -> Iterator[str]:
        """Yield what a request asks for in another way; what it has besides is the device's own affair.

        Args:
            request: that should be for this subject.
        """
        for key, value in self.fields:
            held = [str(one.value) for one in request.parsed.subject.get_attributes_for_oid(_OIDS[key])]
            if held != [value]:
                yield f"{key} is {' and '.join(map(repr, held)) or 'missing'}, not {value!r}"
        there = set() if request.names is None else {_spelled(name) for name in request.names}
        for name in self.names:
            if _spelled(_general(name)) not in there:
                yield f"{NAMES} does not contain {name}"


def subject_of(use: str, node: str, told: PkiFields) -> Subject:
    """Return what a request of a node is to ask for.

    Args:
        use: `server` or `client`; the client's CN is fixed, and it needs no names.
        node: inventory name, the CN of a server of which the inventory says nothing else.
        told: by the inventory.

    Raises:
        RefusedError: the name is too long for a CN (code `subject`).
    """
    name = CLIENT_NAME if use == CLIENT else told.common_name or node
    if len(name) > BOUNDS[COMMON_NAME]:
        raise RefusedError(
            f"its name has {len(name)} characters, and a CN has a place for {BOUNDS[COMMON_NAME]}",
            code="subject",
            node=node,
            advice="Give it a shorter `CN` below `pki:` in the inventory.",
        )
    return Subject(((COMMON_NAME, name), *told.fields), () if use == CLIENT else told.names)


def _sendable(key: str, value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    if _QUOTED.fullmatch(value):
        return f'"{value}"'
    odd = "".join(dict.fromkeys(one for one in value if not _QUOTED.fullmatch(one)))
    raise RefusedError(
        f"{key} {value!r} cannot be sent safely: how the command line takes {odd!r} is not known",
        code="subject",
        advice=f"Write {key} below `pki:` in the inventory with plain letters (ae, not ä), digits and blanks, or make "
        "the keys on this machine with --off-device.",
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _spelled(name: x509.GeneralName) -> str:
    # A device may write an address as if it were a host name.
    return str(name.value).casefold()
