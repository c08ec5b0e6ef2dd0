"""What a private CA writes into the certificates that it makes: for how long, for what, and by what kind of key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from mmpctl.defaults import CA_ISSUING_DAYS, CA_ROOT_DAYS, MOST_DAYS
from mmpctl.enums import Word, assert_never
from mmpctl.errors import UsageError

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

# Clocks differ; what is valid from this very second on is refused by a node whose clock is behind.
LEAF_BACKDATED: Final = timedelta(hours=1)
CA_BACKDATED: Final = timedelta(days=1)


class Purpose(Word):
    """What a certificate is for."""

    SERVER = "server"
    CLIENT = "client"
    # A Call Bridge answers calls and makes them.
    SERVICE = "service"


class KeyKind(Word):
    """A kind of key that a CA has, or that is made here for a node."""

    RSA_3072 = "rsa3072"
    P256 = "p256"

    @classmethod
    def of(cls, text: str) -> KeyKind:
        """Return the kind that an option names.

        Args:
            text: as it was typed.

        Raises:
            UsageError: there is no such kind.
        """
        try:
            return cls(text)
        except ValueError:
            raise UsageError(f"--key {text}: no such kind of key", advice=f"Choose one of {', '.join(cls)}.") from None


@dataclass(frozen=True, slots=True)
class LifeTimes:
    """How long certificates last.

    Args:
        root_days: the root certificate, days.
        issuing_days: the issuing certificate, days; never beyond the root's end.

    Raises:
        UsageError: no certificate lasts that long.
    """

    root_days: int = CA_ROOT_DAYS
    issuing_days: int = CA_ISSUING_DAYS

    def __post_init__(self) -> None:
        """Refuse what cannot be written as a date."""
        require_days(self.root_days, "--root-days")
        require_days(self.issuing_days, "--issuing-days")


# How long a certificate for a node lasts, days. To exchange those of a database costs a window in which calls drop, so
# they last; the others are exchanged service by service.
LEAF_DAYS: Final[Mapping[Purpose, int]] = MappingProxyType(
    {Purpose.SERVER: 1095, Purpose.CLIENT: 1095, Purpose.SERVICE: 397}
)

_USAGES: Final[Mapping[Purpose, tuple[x509.ObjectIdentifier, ...]]] = MappingProxyType(
    {
        Purpose.SERVER: (ExtendedKeyUsageOID.SERVER_AUTH,),
        Purpose.CLIENT: (ExtendedKeyUsageOID.CLIENT_AUTH,),
        Purpose.SERVICE: (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH),
    }
)


def require_days(days: int, what: str) -> None:
    """Make sure that a certificate can last so long.

    Args:
        days: how long.
        what: the option that says so.

    Raises:
        UsageError: it cannot.
    """
    if not 0 < days <= MOST_DAYS:
        raise UsageError(
            f"{what} {days}: no certificate can last that long", advice=f"Give 1 to {MOST_DAYS}, about a hundred years."
        )


def make_key(kind: KeyKind) -> PrivateKey:
    """Return a new private key.

    Args:
        kind: RSA of 3072 bits, or the curve P-256.
    """
    if kind is KeyKind.RSA_3072:
        return rsa.generate_private_key(65537, 3072)
    if kind is KeyKind.P256:
        return ec.generate_private_key(ec.SECP256R1())
    return assert_never(kind)


def extended_usage(purpose: Purpose) -> x509.ExtendedKeyUsage:
    """Return the extended key usage of a certificate for a node.

    Args:
        purpose: of the certificate.
    """
    return x509.ExtendedKeyUsage(_USAGES[purpose])


def key_usage(*, signs: bool, enciphers: bool = False) -> x509.KeyUsage:
    """Return the key usage of a CA's certificate, or of a node's.

    Args:
        signs: it signs other certificates.
        enciphers: an RSA key of a node, which old kinds of TLS handshakes encipher with.
    """
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=enciphers and not signs,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
