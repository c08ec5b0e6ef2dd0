"""Certificates that OpenSSL reads although their encoding breaks the rules of DER, as some CAs issue them."""

from __future__ import annotations

import base64
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from pyasn1.codec.der.decoder import decode
from pyasn1.codec.der.encoder import encode
from pyasn1.type import univ

from tests.support import pki

FALSE = b"\x01\x01\x00"
_ECDSA_WITH_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")


def tlv(tag: int, content: bytes) -> bytes:
    """One element in definite, shortest form."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def parts(element: bytes) -> list[bytes]:
    """The elements in a SEQUENCE, each as it is encoded."""
    return [bytes(each) for each in decode(element, asn1Spec=univ.SequenceOf(componentType=univ.Any()))[0]]


def odd(pair: pki.Pair, signer: pki.Pair, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    """The DER form of a certificate with its content changed, and a signature that fits.

    Args:
        pair: the certificate.
        signer: who signs it anew; its key is one on a curve.
        change: given the parts of the content (version, serial, …), gives what they become.
    """
    assert isinstance(signer.key, ec.EllipticCurvePrivateKey)
    content = tlv(0x30, b"".join(change(parts(pair.certificate.tbs_certificate_bytes))))
    signature = signer.key.sign(content, ec.ECDSA(hashes.SHA256()))
    return tlv(0x30, content + _ECDSA_WITH_SHA256 + tlv(0x03, b"\x00" + signature))


def pem(der: bytes) -> bytes:
    """A file that holds the certificate."""
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


def extension(oid: str, value: bytes, *, critical: bytes = b"") -> bytes:
    """One extension; `critical` as it shall be encoded."""
    return tlv(0x30, encode(univ.ObjectIdentifier(oid)) + critical + tlv(0x04, value))


def with_extensions(*extensions: bytes) -> Callable[[list[bytes]], list[bytes]]:
    """Put extensions in place of those that are there."""

    def change(fields: list[bytes]) -> list[bytes]:
        return [*fields[:-1], tlv(0xA3, tlv(0x30, b"".join(extensions)))]

    return change


def with_part(number: int, part: bytes) -> Callable[[list[bytes]], list[bytes]]:
    """Put one part of the content in place: version, serial, algorithm, issuer, dates, subject or key, from 0 on."""
    return lambda fields: [*fields[:number], part, *fields[number + 1 :]]
