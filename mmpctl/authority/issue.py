"""Make certificates: a root, an issuing certificate below it, and those of nodes. Pure but for serial numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import NameOID

from mmpctl.authority.profile import (
    CA_BACKDATED,
    LEAF_BACKDATED,
    PrivateKey,
    Purpose,
    extended_usage,
    key_usage,
)
from mmpctl.errors import UsageError

_MOST_NAME = 64  # ub-common-name of RFC 5280


@dataclass(frozen=True, slots=True)
class Signer:
    """A CA's certificate with its key.

    Args:
        certificate: of the CA.
        key: its private key.
    """

    certificate: x509.Certificate
    key: PrivateKey


@dataclass(frozen=True, slots=True)
class Order:
    """What a certificate is wanted for.

    Args:
        subject: as the request has it.
        public_key: as the request has it.
        names: host names and addresses beside the subject; None for none.
        purpose: what it is for.
        not_after: when it is to end; it never ends after the CA that signs it.
    """

    subject: x509.Name
    public_key: CertificatePublicKeyTypes
    names: x509.SubjectAlternativeName | None
    purpose: Purpose
    not_after: datetime


def ca_name(owner: str, what: str) -> x509.Name:
    """Return the subject of a CA's certificate.

    Args:
        owner: whose CA it is, e.g. "Example Conferencing".
        what: which certificate of it, e.g. "root 1".

    Raises:
        UsageError: X.509 has no place for such a name.
    """
    common = f"{owner} {what}"
    if not owner.strip() or not owner.isprintable() or len(common) > _MOST_NAME:
        raise UsageError(
            f"--name {owner!r} cannot be the name of a CA",
            code="ca",
            advice=f"Give a name of 1 to {_MOST_NAME - len(what) - 1} printable characters.",
        )
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, owner), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def make_root(subject: x509.Name, key: PrivateKey, now: datetime, days: int) -> x509.Certificate:
    """Return a root certificate.

    Args:
        subject: its name.
        key: its private key.
        now: aware.
        days: how long it lasts.
    """
    builder = _ca(subject, key, now, now + timedelta(days=days), path_length=1)
    return builder.issuer_name(subject).sign(key, hashes.SHA256())


def make_issuing(subject: x509.Name, key: PrivateKey, root: Signer, now: datetime, days: int) -> x509.Certificate:
    """Return the certificate that signs those of nodes.

    Args:
        subject: its name.
        key: its private key.
        root: signs it.
        now: aware.
        days: how long it lasts; it ends with the root at the latest.
    """
    end = min(now + timedelta(days=days), root.certificate.not_valid_after_utc)
    builder = _ca(subject, key, now, end, path_length=0)
    return _below(builder, root).sign(root.key, hashes.SHA256())


def make_leaf(order: Order, signer: Signer, now: datetime) -> x509.Certificate:
    """Return a certificate for a node.

    Args:
        order: what is wanted.
        signer: the CA.
        now: aware.
    """
    end = min(order.not_after, signer.certificate.not_valid_after_utc)
    begin = max(now - LEAF_BACKDATED, signer.certificate.not_valid_before_utc)
    enciphers = isinstance(order.public_key, rsa.RSAPublicKey)
    builder = (
        _builder(order.subject, order.public_key, begin, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(signs=False, enciphers=enciphers), critical=True)
        .add_extension(extended_usage(order.purpose), critical=False)
    )
    if order.names is not None:
        builder = builder.add_extension(order.names, critical=False)
    return _below(builder, signer).sign(signer.key, hashes.SHA256())


def _ca(
    subject: x509.Name, key: PrivateKey, now: datetime, end: datetime, *, path_length: int
) -> x509.CertificateBuilder:
    return (
        _builder(subject, key.public_key(), now - CA_BACKDATED, end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(key_usage(signs=True), critical=True)
    )


def _builder(
    subject: x509.Name, key: CertificatePublicKeyTypes, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin.replace(microsecond=0))
        .not_valid_after(end.replace(microsecond=0))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _below(builder: x509.CertificateBuilder, signer: Signer) -> x509.CertificateBuilder:
    identifier = signer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return builder.issuer_name(signer.certificate.subject).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
    )
