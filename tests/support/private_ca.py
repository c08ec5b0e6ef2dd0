"""A private CA of mmpctl's own for tests, and requests for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from mmpctl.authority.ca_folder import CaFolder
from mmpctl.authority.issue import Order
from mmpctl.authority.issuer import Wanted
from mmpctl.authority.private_ca import make
from mmpctl.authority.profile import KeyKind, LifeTimes, Purpose
from mmpctl.times import now_utc

# OpenSSL's handshakes go by the clock of the day.
NOW = now_utc().replace(microsecond=0)
PASSPHRASE = "a passphrase for tests"


@contextmanager
def cheap_passphrases() -> Iterator[None]:
    """Let a key be stretched for less than a millisecond: what it costs is seen by one test."""
    with patch("mmpctl.authority.sealed_key._COST", 16), patch("mmpctl.authority.sealed_key._PARALLEL", 1):
        yield


def make_ca(folder: Path, now: datetime = NOW, lives: LifeTimes | None = None) -> CaFolder:
    """A CA with keys that cost nothing."""
    return make(folder, "Example", PASSPHRASE, now, KeyKind.P256, lives)


def request(
    common_name: str, key: ec.EllipticCurvePrivateKey | None = None, names: tuple[str, ...] = ()
) -> x509.CertificateSigningRequest:
    """A request with a key of its own."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(map(x509.DNSName, names)), critical=False)
    return builder.sign(key or ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())


def wanted(
    csr: x509.CertificateSigningRequest, purpose: Purpose, now: datetime = NOW, days: int = 365, node: str = "cms1"
) -> Wanted:
    """What a request is to become."""
    names = None
    for extension in csr.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            names = extension.value
    order = Order(csr.subject, csr.public_key(), names, purpose, now + timedelta(days=days))
    return Wanted(order, sha256(csr.public_bytes(Encoding.DER)).hexdigest(), node, "lon")
