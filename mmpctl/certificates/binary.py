"""Recognize files that are not PEM text: DER, PKCS#7, PKCS#12, UTF-16 and others."""

from __future__ import annotations

import re
from typing import Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from mmpctl.certificates.lenient import any_certificate_of
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
    if _PKCS7.match(data):
        return finding("pkcs7", file, **words)
    if _is_certificate(data):
        return finding("der", file, **words) if kind == CERTIFICATE else _misplaced("not-a-key", file, "a certificate")
    if _is_key(data):
        return finding("der", file, **words) if kind == KEY else _misplaced("not-a-certificate", file, "a private key")
    return finding("csr" if _is_request(data) else "not-pem", file, **words)


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
            "p12": "-nocerts -nodes",
            "p7": "",
            "keep": "sed -n '/BEGIN.*PRIVATE KEY/,/END.*PRIVATE KEY/p'",
        }
    return {
        "tool": "x509",
        "wanted": "the certificate",
        "p12": "-nokeys",
        "p7": "-inform DER " if der else "",
        "keep": "sed -n '/BEGIN CERTIFICATE/,/END CERTIFICATE/p'",
    }


def _misplaced(id_: str, file: str, found: str) -> Finding:
    return finding(id_, file, found=f"{found} in binary form (DER)")


def _is_certificate(data: bytes) -> bool:
    try:
        any_certificate_of(data)
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
