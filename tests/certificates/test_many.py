"""Files of very many certificates: looked at up to a bound, in a time that does not run away."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mmpctl.certificates import chain
from mmpctl.certificates.binary import CERTIFICATE
from mmpctl.certificates.certificate import Certificate, certificate_of
from mmpctl.certificates.chain import build_chain
from mmpctl.certificates.read import MOST_CERTIFICATES, read
from mmpctl.device.commands.pki_inspect import PKI_INSPECT
from tests.support import pki


def certificate(made: x509.Certificate) -> Certificate:
    return certificate_of(made.public_bytes(Encoding.DER))


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The signatures that were really verified."""
    done: list[str] = []
    verify = chain._verify

    def counted(one: Certificate, issuer: Certificate) -> bool:
        done.append(one.fingerprint_sha256)
        return verify(one, issuer)

    monkeypatch.setattr(chain, "_verify", counted)
    monkeypatch.setattr(chain, "_verdicts", {})
    return done


def test_a_file_of_too_many_certificates_is_read_up_to_a_bound_and_told() -> None:
    pem = pki.authority().certificate.public_bytes(Encoding.PEM)
    whole = read(pem * MOST_CERTIFICATES, "ca.cer", CERTIFICATE)
    assert (len(whole.certificates), [each.id for each in whole.findings]) == (MOST_CERTIFICATES, [])
    cut = read(pem * (MOST_CERTIFICATES + 300), "ca.cer", CERTIFICATE)
    assert len(cut.certificates) == MOST_CERTIFICATES
    assert [(each.id, each.severity) for each in cut.findings] == [("too-many", "unfit")]
    assert str(MOST_CERTIFICATES) in cut.findings[0].message


def test_of_many_cas_with_one_name_only_so_many_are_tried(verified: list[str]) -> None:
    right = pki.authority("One name", key=pki.ec_key())
    leaf = certificate(right.sign("leaf").certificate)
    others = [certificate(pki.authority("One name", key=pki.ec_key(), ends=5000).certificate) for _ in range(300)]
    found = build_chain(leaf, others, (certificate(right.certificate),))
    assert "too many CAs have the name" in found.problem
    assert len(verified) <= 100


def test_a_signature_is_verified_once_however_many_chains_need_it(verified: list[str]) -> None:
    root = pki.authority()
    leaf, top = certificate(root.sign("leaf").certificate), certificate(root.certificate)
    for _ in range(50):
        assert build_chain(leaf, (), (top,)).problem == ""
    assert len(verified) == 2


def calls(work: Callable[[], object]) -> int:
    """Count the calls that something makes: what it costs, whatever else the machine does."""
    made = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return made


def growth(work: Callable[[int], object]) -> float:
    """How many times the calls for 400 are those for 200."""
    work(10)  # what is made but once, such as a table of patterns
    return calls(lambda: work(400)) / calls(lambda: work(200))


def test_the_cost_of_many_certificates_grows_with_their_number_only() -> None:
    ca = pki.authority()
    pem = [ca.sign(f"cms{number}").pem for number in range(MOST_CERTIFICATES)]
    assert growth(lambda most: read(b"".join(pem[:most]), "x.cer", CERTIFICATE)) < 2.3
    every = calls(lambda: read(b"".join(pem * 2), "x.cer", CERTIFICATE))
    assert every < 2.3 * calls(lambda: read(b"".join(pem), "x.cer", CERTIFICATE)), "no more than the bound is read"
    text = (Path(__file__).parents[1] / "device" / "answers" / "parse" / "pki_inspect" / "bundle.raw").read_text()
    head, mark, first = text.partition("Certificate:")
    assert growth(lambda most: PKI_INSPECT.read(head + (mark + first.rstrip() + "\n") * most)) < 2.3
