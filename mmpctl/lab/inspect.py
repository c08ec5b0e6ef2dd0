"""The text of `pki inspect`: like OpenSSL's, but not equal."""

from __future__ import annotations

import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from .cluster.handshake import certificates
from .switches import Switches

_ALGORITHMS = {
    "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
    "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
    "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
    "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
    "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
    "1.2.840.10045.4.3.3": "ecdsa-with-SHA384",
    "1.3.101.112": "ED25519",
}
_SHORT = {NameOID.EMAIL_ADDRESS: "emailAddress", NameOID.SERIAL_NUMBER: "serialNumber"}
_FOUND = "Checking user configured certificates and keys...found"
_NOT_FOUND = "Checking user configured certificates and keys...not found"


def inspect_text(content: bytes | None, switches: Switches) -> str:
    """What the node prints of a file; None: there is no such file."""
    if content is None:
        return _NOT_FOUND
    chain = certificates(content)
    if chain:
        blocks = [line for certificate in chain for line in _block(certificate, switches)]
        return "\n".join([_FOUND, "File contains a PEM encoded certificate", *blocks])
    if switches.inspect_other == "error":
        return f"{_FOUND}\nERROR: File does not contain a certificate"
    if b"PRIVATE KEY" in content:
        return f"{_FOUND}\nFile contains a PEM encoded private key"
    if b"CERTIFICATE REQUEST" in content:
        return f"{_FOUND}\nFile contains a PEM encoded certificate signing request"
    return f"{_FOUND}\nFile format not recognised"


def subject_text(name: x509.Name) -> str:
    """A name in the order of the certificate, short names, parted by comma and blank."""
    return ", ".join(
        f"{_SHORT.get(attribute.oid, attribute.rfc4514_attribute_name)}={attribute.value!s}"
        for rdn in name.rdns
        for attribute in rdn
    )


def _block(certificate: x509.Certificate, switches: Switches) -> list[str]:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        algorithm, bits = "rsaEncryption", key.key_size
    elif isinstance(key, ec.EllipticCurvePublicKey):
        algorithm, bits = "id-ecPublicKey", key.key_size
    else:
        algorithm, bits = type(key).__name__.removesuffix("PublicKey").upper(), 256
    oid = certificate.signature_algorithm_oid.dotted_string
    return [
        "Certificate:",
        "  Data:",
        f"    Version: {certificate.version.value + 1} (0x{certificate.version.value:x})",
        *_serial(certificate.serial_number, switches),
        f"    Signature Algorithm: {_ALGORITHMS.get(oid, oid)}",
        f"    Issuer: {subject_text(certificate.issuer)}",
        "    Validity:",
        f"      Not Before: {_moment(certificate.not_valid_before_utc)}",
        f"      Not After : {_moment(certificate.not_valid_after_utc)}",
        f"    Subject: {subject_text(certificate.subject)}",
        "    Subject Public Key Info:",
        f"      Public Key Algorithm: {algorithm}",
        f"      Public-Key: ({bits} bit)",
    ]


def _serial(serial: int, switches: Switches) -> list[str]:
    if serial < 2**63 and switches.inspect_serial == "on the line":
        return [f"    Serial Number: {serial} (0x{serial:x})"]
    digits = f"{serial:x}"
    digits = digits.zfill(len(digits) + len(digits) % 2)
    octets = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    return ["    Serial Number:", f"      {':'.join(octets)}"]


def _moment(moment: dt.datetime) -> str:
    return f"{moment:%b} {moment.day:2} {moment:%H:%M:%S} {moment.year} GMT"
