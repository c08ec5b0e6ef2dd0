"""What is known of one certificate, whoever read it: the device's `pki inspect` or we ourselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from mmpctl.documents.forms import Serial


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """One certificate; names and order are those of the JSON contract.

    Args:
        subject: one line, as OpenSSL prints it (`C=IN, O=Glass, CN=x`).
        issuer: likewise.
        serial: lower-case hex without colons or leading zeros of padding.
        not_before: start of validity, aware, UTC.
        not_after: end of validity, aware, UTC.
        signature_algorithm: e.g. `sha256WithRSAEncryption`.
        public_key_algorithm: e.g. `rsaEncryption`.
        public_key_bits: size of the key in bits.
    """

    subject: str
    issuer: str
    serial: Serial
    not_before: datetime
    not_after: datetime
    signature_algorithm: str
    public_key_algorithm: str
    public_key_bits: int | None


def same_name(one: str, other: str) -> bool:
    """Return whether two one-line names are equal as OpenSSL compares them: case and runs of blanks do not count.

    Args:
        one: a subject or an issuer.
        other: likewise.
    """
    return _plain_name(one) == _plain_name(other)


@lru_cache(maxsize=8192)
def _plain_name(name: str) -> str:
    # A file of many certificates compares each name with every other one.
    return " ".join(name.casefold().split())
