"""What a service says of its files when it starts: whether key, certificate and chain fit, by real cryptography."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from mmpctl.lab.cluster.handshake import certificates
from mmpctl.lab.switches import Switches

from .form import Form, Pair

Check = tuple[bool, str]


def check_files(form: Form, contents: Mapping[str, bytes], switches: Switches) -> tuple[Check, ...]:
    """The checks of a service that is to start, in the order of its lines: whether each is passed, and its text.

    Args:
        form: the service.
        contents: its files by slot; one that is not set, or was not there, is missing.
        switches: of its node.
    """
    checks: list[Check] = []
    for pair in form.pairs:
        named = [slot for slot in pair.slots if slot in contents]
        if named or pair is form.pairs[0]:
            checks += _of_a_pair(pair, contents, switches)
    return tuple(checks)


def _of_a_pair(pair: Pair, contents: Mapping[str, bytes], switches: Switches) -> Iterator[Check]:
    key, certificate, *more = pair.slots
    if not {key, certificate} <= contents.keys():
        yield False, "TLS port set but no certificates configured"
        return
    before = f"{pair.name.upper()} " if pair.name and pair.name != "sip" else ""
    chain = certificates(contents[certificate])
    if not _fits(contents[key], chain):
        yield False, f"{before}Key and certificate problem: certificate and key do not match"
        return
    yield True, f"{before}Key and certificate pair match"
    now = dt.datetime.now(dt.timezone.utc)
    if switches.enable_checks_dates and not chain[0].not_valid_before_utc <= now <= chain[0].not_valid_after_utc:
        yield False, f"{before}certificate is not valid at this time"
    if pair.full_chain and switches.enable_checks_chain:
        whole = _leads_up(chain[0], chain[1:]) and all(map(_signed, chain, chain[1:]))
        words = "full chain of certificates verifies correctly" if whole else "certificate chain is not complete"
        yield whole, f"{before}{words}"
    if more and more[0] in contents:
        verified = _leads_up(chain[0], [*chain[1:], *certificates(contents[more[0]])])
        yield verified, f"certificate {'verified' if verified else 'not verified'} against CA bundle"


def _fits(key: bytes, chain: Sequence[x509.Certificate]) -> bool:
    try:
        private = serialization.load_pem_private_key(key, None)
    except (ValueError, TypeError):
        return False
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return bool(chain) and private.public_key().public_bytes(*form) == chain[0].public_key().public_bytes(*form)


def _leads_up(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> bool:
    """Whether a certificate leads to a root among others, or is its own."""
    at, left = leaf, list(others)
    while not _signed(at, at):
        above = next((one for one in left if _signed(at, one)), None)
        if above is None:
            return False
        left.remove(above)
        at = above
    return True


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
