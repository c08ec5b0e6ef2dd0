"""Recognize files that are not PEM text: DER, PKCS#7, PKCS#12, UTF-16 and others."""

from __future__ import annotations

import re
from typing import Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from mmpctl.certificates.lenient import any_certificate_of
from mmpctl.certificates.pem import plain_base64
from mmpctl.findings.finding import Finding, finding

Kind = Literal["certificate", "key"]
CERTIFICATE: Kind = "certificate"
KEY: Kind = "key"

# A SEQUENCE that begins with version 3 and another SEQUENCE: PKCS#12; one that begins with an OID of PKCS#7.
_PKCS12 = re.compile(rb"\x30(?:[\x00-\x7f]|\x80|\x81.|\x82..|\x83...|\x84....)\x02\x01\x03\x30", re.DOTALL)
_PKCS7 = re.compile(
    rb"\x30(?:[\x00-\x7f]|\x80|\x81.|\x82..|\x83...|\x84....)\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07", re.DOTALL
)


def binary_finding(data: bytes, file: str, kind: Kind) -> Finding:
    """Name what the bytes are.

    Args:
        data: bytes without any `-----BEGIN`.
        file: for the finding.
        kind: what the file should hold.
    """
    words = recipe(kind, der=True)
    if _PKCS12.match(data):
        return finding("pkcs12", file, **words)
    if is_pkcs7(data):
        return finding("pkcs7", file, **words)
    if _is_certificate(data):
        return finding("der", file, **words) if kind == CERTIFICATE else _misplaced("not-a-key", file, "a certificate")
    if _is_key(data):
        return finding("der", file, **words) if kind == KEY else _misplaced("not-a-certificate", file, "a private key")
    if _is_request(data):
        return finding("csr", file, **words)
    return _bare_base64(plain_base64(data), file, kind) or finding("not-pem", file, **words)


def is_pkcs7(der: bytes) -> bool:
    """Return whether bytes begin as PKCS#7 does.

    Args:
        der: of a file, or of a block of PEM.
    """
    return _PKCS7.match(der) is not None


def first_element(der: bytes) -> bytes:
    """Return the first element of DER, without what follows it.

    Args:
        der: of a file, or of a block of PEM.
    """
    octets = der[1] & 0x7F if der[1:2] and der[1] & 0x80 else 0
    length = int.from_bytes(der[2 : 2 + octets], "big") if octets else int.from_bytes(der[1:2], "big")
    return der[: 2 + octets + length]


def _bare_base64(der: bytes | None, file: str, kind: Kind) -> Finding | None:
    """Name what the Base64 text without BEGIN and END lines holds, if it is what the file should hold."""
    words = recipe(kind, der=True)
    if der is None:
        return None
    if is_pkcs7(der) and kind == CERTIFICATE:
        convert = f"openssl pkcs7 -inform DER -print_certs | {words['keep']}"
        return finding("bare-base64", file, content="a PKCS#7 bundle", convert=convert)
    if _is_certificate(der) if kind == CERTIFICATE else _is_key(der):
        content = words["wanted"].replace("the ", "a ")
        return finding("bare-base64", file, content=content, convert=f"openssl {words['tool']} -inform DER")
    return None


def recipe(kind: Kind, *, der: bool) -> dict[str, str]:
    """Return the words by which the cures for certificates and for keys differ.

    Args:
        kind: what the file should hold.
        der: the file is binary.
    """
    if kind == KEY:
        return {
            "tool": "pkey",
            "wanted": "the private key",
            "block": "PRIVATE KEY",
            "p12": "-nocerts -nodes",
            "p7": "",
            "keep": "sed -n '/BEGIN.*PRIVATE KEY/,/END.*PRIVATE KEY/p'",
        }
    return {
        "tool": "x509",
        "wanted": "the certificate",
        "block": "CERTIFICATE",
        "p12": "-nokeys",
        "p7": "-inform DER " if der else "",
        "keep": "sed -n '/BEGIN.*CERTIFICATE-----/,/END.*CERTIFICATE-----/p'",
    }


def _misplaced(id_: str, file: str, found: str) -> Finding:
    return finding(id_, file, found=f"{found} in binary form (DER)")


def _is_certificate(data: bytes) -> bool:
    try:
        any_certificate_of(first_element(data))
    except ValueError:
        return False
    return True


def _is_key(data: bytes) -> bool:
    try:
        serialization.load_der_private_key(data, password=None)
    except TypeError:  # a protected key: the type of the password is what it objects to
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _is_request(data: bytes) -> bool:
    try:
        x509.load_der_x509_csr(data)
    except (ValueError, x509.InvalidVersion):
        return False
    return True
