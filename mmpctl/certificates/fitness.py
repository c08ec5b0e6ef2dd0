"""Judge one certificate by itself: is it valid now, strong enough, and made for its use?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from mmpctl.certificates.certificate import Certificate
from mmpctl.cluster.certificate_facts import CertificateFacts
from mmpctl.defaults import DUE_DAYS
from mmpctl.enums import Word
from mmpctl.findings.finding import Finding, finding
from mmpctl.times import minute

CLIENT_NAME = "postgres"
CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})
_KEYS = frozenset({"rsaEncryption", "id-ecPublicKey"})


class Use(Word):
    """What a certificate of a database cluster is for, in the words of the JSON contract."""

    SERVER = "database server"
    CLIENT = "database client"
    CA = "database ca"


# Uses of services that open TLS connections themselves, and who presents the certificate then.
_CALLERS = {"callbridge certificate": "Call Bridge", "scheduler c2w certificate": "scheduler"}
# With these, nobody is answered.
_ONLY_CALLERS = frozenset({"scheduler c2w certificate"})
# How many days public CAs may let a certificate live (CA/Browser Forum, ballot SC-081), and from which day on.
PUBLIC_LIVES = (
    (datetime(2026, 3, 15, tzinfo=timezone.utc), 200),
    (datetime(2027, 3, 15, tzinfo=timezone.utc), 100),
    (datetime(2029, 3, 15, tzinfo=timezone.utc), 47),
)

NEEDED = {Use.SERVER: "serverAuth", Use.CLIENT: "clientAuth"}


def check_validity(facts: CertificateFacts, file: str, now: datetime, due_days: int = DUE_DAYS) -> Iterator[Finding]:
    """Expired, due, not yet valid; due means sooner than `due_days`, or than a third of its life if that is less.

    Args:
        facts: ours, or the device's own.
        file: for the finding.
        now: aware.
        due_days: days of warning.
    """
    left = facts.not_after - now
    life = facts.not_after - facts.not_before
    date = f"{facts.not_after:%Y-%m-%d}"
    if left < timedelta(0):
        yield finding("expired", file, date=date, detail=facts.subject)
    elif now < facts.not_before:
        yield finding("not-yet-valid", file, date=minute(facts.not_before), detail=facts.subject)
    elif left < min(timedelta(days=due_days), life / 3):
        days = "1 day" if left.days == 1 else f"{left.days} days"
        yield finding("due", file, date=date, days=days, detail=facts.subject)


def check_strength(certificate: Certificate, file: str, *, root: bool = False) -> Iterator[Finding]:
    """SHA-1, small RSA keys, unusual curves and kinds of key.

    Args:
        certificate: one certificate.
        file: for the finding.
        root: its own signature is of no matter.
    """
    facts = certificate.facts
    if certificate.weak_signature and not root:
        yield finding("sha1", file, algorithm=facts.signature_algorithm, detail=facts.subject)
    yield from check_small_rsa(facts, file)
    if certificate.curve and certificate.curve not in CURVES:
        yield finding("curve", file, curve=certificate.curve, detail=facts.subject)
    if facts.public_key_algorithm not in _KEYS:
        yield finding("key-type", file, detail=f"{facts.public_key_algorithm}, {facts.subject}")


def check_purpose(certificate: Certificate, use: Use, file: str) -> Iterator[Finding]:
    """Common name, extended key usage and key usage of a leaf.

    Args:
        certificate: the leaf.
        use: server or client.
        file: for the finding.
    """
    subject = certificate.facts.subject
    if use is Use.CLIENT and not is_named_client(certificate):
        yield finding("client-cn", file, detail=" and ".join(map(repr, certificate.common_names)) or "(none)")
    # As in OpenSSL, anyExtendedKeyUsage does not stand for the needed one.
    if certificate.extended_key_usage is not None and NEEDED[use] not in certificate.extended_key_usage:
        yield finding("eku", file, needed=NEEDED[use], detail=", ".join(certificate.extended_key_usage))
    if certificate.digital_signature is False:
        yield finding("key-usage", file, detail=subject)


def check_service(certificate: Certificate, use: str, file: str) -> Iterator[Finding]:
    """Extended key usage of a service's own certificate: most of them answer TLS calls, and some call others.

    Args:
        certificate: the leaf.
        use: its place, e.g. `callbridge certificate`.
        file: for the finding.
    """
    allowed = certificate.extended_key_usage
    if allowed is None:
        return
    if "serverAuth" not in allowed and use not in _ONLY_CALLERS:
        yield finding("eku", file, needed="serverAuth", detail=", ".join(allowed))
    elif use in _CALLERS and "clientAuth" not in allowed:
        yield finding("eku-caller", file, caller=_CALLERS[use], detail=", ".join(allowed))


def check_life(certificate: Certificate, file: str) -> Iterator[Finding]:
    """Tell of a certificate of a public CA that its next one will be shorter.

    Args:
        certificate: the leaf.
        file: for the finding.
    """
    facts = certificate.facts
    life = facts.not_after - facts.not_before
    # The limit that holds when it must be renewed.
    limits = [each for each in PUBLIC_LIVES if each[0] <= facts.not_after]
    if certificate.is_public and limits and life > timedelta(days=limits[-1][1] + 1):
        since, days = limits[-1]
        yield finding("life", file, days=str(life.days), limit=str(days), date=f"{since:%Y-%m-%d}")


def is_named_client(certificate: Certificate) -> bool:
    """Return whether the certificate has the one name that the database lets in as a client."""
    return certificate.common_names == (CLIENT_NAME,)


def check_small_rsa(facts: CertificateFacts, file: str) -> Iterator[Finding]:
    """Yield a finding for an RSA key of less than 2048 bits, ours or by the device's own words.

    Args:
        facts: of the certificate.
        file: its name, for the finding.
    """
    bits = facts.public_key_bits
    if facts.public_key_algorithm.startswith("rsa") and bits is not None and bits < 2048:
        yield finding("rsa-small", file, bits=str(bits), detail=facts.subject)
