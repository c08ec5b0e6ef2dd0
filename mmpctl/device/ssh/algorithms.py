"""Which SSH algorithms are offered: broken ciphers and checksums are not, unless old releases are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import paramiko

# Older ones speak SHA-1 signatures: the extra `old-ssh` installs one, for releases of the device without better ones.
_WITHOUT_OLD: Final = 5
_WEAK: Final[Mapping[str, tuple[str, ...]]] = {
    "ciphers": (
        "3des-cbc",
        "aes128-cbc",
        "aes192-cbc",
        "aes256-cbc",
        "arcfour",
        "arcfour128",
        "arcfour256",
        "blowfish-cbc",
        "cast128-cbc",
    ),
    "macs": ("hmac-md5", "hmac-md5-96", "hmac-sha1-96"),
}
# They encrypt and check in one step, by OpenSSL; paramiko compares the checksums of the others byte by byte in Python.
_IN_ONE_STEP: Final = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com")


def preferred_ciphers(spoken: Sequence[str]) -> tuple[str, ...]:
    """Return the ciphers to offer, those first that encrypt and check in one step; none is added or left out.

    Args:
        spoken: the ciphers that this machine speaks, in paramiko's order.
    """
    return tuple(dict.fromkeys((*(name for name in _IN_ONE_STEP if name in spoken), *spoken)))


def speaks_old(version: str = paramiko.__version__) -> bool:
    """Tell whether this machine has the paramiko of the extra `old-ssh`.

    Args:
        version: paramiko's version.
    """
    return int(version.split(".", 1)[0]) < _WITHOUT_OLD


def disabled_algorithms(given: Mapping[str, Iterable[str]] | None = None) -> dict[str, list[str]]:
    """Return what paramiko must not offer: the weak algorithms, and what the caller switches off.

    Args:
        given: paramiko's `disabled_algorithms`, names by kind (`ciphers`, `macs`, `keys`, `pubkeys`, `kex`).
    """
    weak: Mapping[str, Iterable[str]] = {} if speaks_old() else _WEAK
    given = given or {}
    return {kind: list(dict.fromkeys((*given.get(kind, ()), *weak.get(kind, ())))) for kind in {**weak, **given}}
