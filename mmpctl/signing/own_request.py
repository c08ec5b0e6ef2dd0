"""Keys and requests that are made on this machine, for those who do not want them made on the nodes."""

from __future__ import annotations

from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mmpctl.authority.profile import KeyKind, make_key
from mmpctl.certificates.secret import Secret
from mmpctl.certificates.signing_request import SigningRequest, read_request
from mmpctl.signing.subject import Subject


class OwnRequest(NamedTuple):
    """A new key, and the request that is signed with it.

    Args:
        key: PEM, without a passphrase, as the device takes it.
        content: of the request's file, PEM.
        request: as read.
    """

    key: Secret
    content: bytes
    request: SigningRequest


def make_own_request(subject: Subject, kind: KeyKind) -> OwnRequest:
    """Make a key and a request for it.

    Args:
        subject: whose certificate it asks for.
        kind: of the key.
    """
    key = make_key(kind)
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject.x509_name())
    names = subject.x509_names()
    if names is not None:
        builder = builder.add_extension(names, critical=False)
    content = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    private = Secret(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return OwnRequest(private, content, read_request(content))
