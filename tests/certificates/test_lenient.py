"""Certificates that OpenSSL reads and the strict reader refuses: read all the same, with the fault by its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cryptography
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.der.encoder import encode
from pyasn1.type import univ

from mmpctl.certificates.binary import CERTIFICATE
from mmpctl.certificates.certificate import certificate_of
from mmpctl.certificates.chain import signed_by
from mmpctl.certificates.lenient import any_certificate_of
from mmpctl.certificates.openssl import loaded_from_pem, loads_der, loads_each
from mmpctl.certificates.pem import pem as canonical
from mmpctl.certificates.read import read
from tests.support import pki
from tests.support.gate import examples
from tests.support.odd_certificates import FALSE, extension, odd, pem, tlv, with_extensions, with_part

FILES = Path(__file__).parent / "files"
CA = pki.authority()
PAIR = CA.sign("cms1.example.com")
STRICT = certificate_of(PAIR.der)
CONSTRAINTS, SAN, USAGE, EXTENDED = "2.5.29.19", "2.5.29.17", "2.5.29.15", "2.5.29.37"
SERIAL, ALGORITHM, DATES, SUBJECT, KEY = 1, 2, 4, 5, 6


def name(kind: int, value: bytes) -> bytes:
    return tlv(0x30, tlv(0x31, tlv(0x30, encode(univ.ObjectIdentifier("2.5.4.3")) + tlv(kind, value))))


def dates(kind: int, *texts: bytes) -> bytes:
    return tlv(0x30, b"".join(tlv(kind, text) for text in texts))


def rsa_with_exponent(exponent: int) -> bytes:
    numbers = tlv(
        0x30, encode(univ.Integer(pki.rsa_key().public_key().public_numbers().n)) + encode(univ.Integer(exponent))
    )
    return tlv(0x30, bytes.fromhex("300d06092a864886f70d0101010500") + tlv(0x03, b"\x00" + numbers))


def key_on_a_rare_curve() -> bytes:
    point = PAIR.key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    kind = tlv(0x30, bytes.fromhex("06072a8648ce3d0201") + bytes.fromhex("06052b8104000a"))
    return tlv(0x30, kind + tlv(0x03, b"\x00" + point))


Change = Callable[[list[bytes]], list[bytes]]
ODD: dict[str, tuple[Change, str]] = {
    "critical FALSE": (
        with_extensions(extension(CONSTRAINTS, tlv(0x30, b""), critical=FALSE)),
        "the extension basicConstraints (the default critical FALSE is written out)",
    ),
    "CA:FALSE": (
        with_extensions(extension(CONSTRAINTS, tlv(0x30, FALSE))),
        "the extension basicConstraints (the default CA:FALSE is written out)",
    ),
    "TRUE as 1": (
        with_extensions(extension(CONSTRAINTS, tlv(0x30, b"\x01\x01\x01"), critical=b"\x01\x01\x01")),
        "the extension basicConstraints",
    ),
    "first version": (with_part(0, bytes.fromhex("a003020100")), "its version"),
    "no such version": (with_part(0, bytes.fromhex("a003020103")), "its version"),
    "X.400 address": (with_extensions(extension(SAN, tlv(0x30, tlv(0xA3, b"")))), "the extension subjectAltName"),
    "address of three bytes": (
        with_extensions(extension(SAN, tlv(0x30, tlv(0x87, b"abc")))),
        "the extension subjectAltName",
    ),
    "twice": (
        with_extensions(*[extension(CONSTRAINTS, tlv(0x30, b""))] * 2),
        "the extension basicConstraints, which occurs twice",
    ),
    "key usage": (with_extensions(extension(USAGE, b"\x03\x02\x07\x81")), "the extension keyUsage"),
    "no purposes": (with_extensions(extension(EXTENDED, tlv(0x30, b""))), "the extension extendedKeyUsage"),
    "underscore in a PrintableString": (with_part(SUBJECT, name(0x13, b"cms_1")), "its subject"),
    "TeletexString": (with_part(SUBJECT, name(0x14, b"Z\xfcrich")), "its subject"),
    "no seconds": (with_part(DATES, dates(0x17, b"2611010000Z", b"2811010000Z")), "its dates"),
    "another time zone": (with_part(DATES, dates(0x17, b"261101000000+0100", b"281101000000+0100")), "its dates"),
    "parts of a second": (with_part(DATES, dates(0x18, b"20261101000000.5Z", b"20281101000000.5Z")), "its dates"),
    "parameters of a signature": (
        with_part(ALGORITHM, bytes.fromhex("300c06082a8648ce3d0403020500")),
        "the name of its signature algorithm",
    ),
    "even exponent": (with_part(KEY, rsa_with_exponent(4)), "its public key"),
    "exponent 1": (with_part(KEY, rsa_with_exponent(1)), "its public key"),
    "rare curve": (with_part(KEY, key_on_a_rare_curve()), "its public key"),
}
# The first release of `cryptography` that refuses it: an older one takes it as it is, and there is no fault to name.
REFUSED_FROM = {"underscore in a PrintableString": 45, "parameters of a signature": 49}
RELEASE = int(cryptography.__version__.partition(".")[0])


@pytest.mark.filterwarnings("ignore:The parsed certificate contains a NULL parameter value")
@pytest.mark.parametrize("case", ODD)
def test_what_openssl_reads_is_read_and_its_fault_named(case: str) -> None:
    change, fault = ODD[case]
    der = odd(PAIR, CA, change)
    refused = REFUSED_FROM.get(case, 0) <= RELEASE
    if refused:
        with pytest.raises(ValueError, match=r"."):
            certificate_of(der)
    found = any_certificate_of(der)
    assert found.odd == ((fault,) if refused else ())
    assert (found.facts.issuer, found.facts.serial) == (STRICT.facts.issuer, STRICT.facts.serial)
    assert (found.facts.subject == STRICT.facts.subject) == (fault != "its subject")
    assert (found.facts.not_after == STRICT.facts.not_after) == (fault != "its dates")
    assert (found.key_sha256 == STRICT.key_sha256) == (fault != "its public key")
    assert signed_by(found, certificate_of(CA.der)), "the signature is checked over the bytes as they came"
    assert not signed_by(found, STRICT)
    findings = read(pem(der), "ca.cer", CERTIFICATE).findings
    assert [(each.id, each.severity) for each in findings] == [("encoding", "note")] * refused
    assert all(fault in each.message for each in findings)


def test_a_length_in_more_bytes_than_it_needs_is_named() -> None:
    body = PAIR.der[4:]
    der = b"\x30\x83" + len(body).to_bytes(3, "big") + body
    found = any_certificate_of(der)
    assert (found.facts, found.odd) == (STRICT.facts, ("the lengths around its parts",))
    assert signed_by(found, certificate_of(CA.der))
    assert [each.id for each in read(pem(der), "ca.cer", CERTIFICATE).findings] == ["encoding"]


def test_facts_of_mended_parts() -> None:
    def facts(case: str) -> tuple[str, str]:
        found = any_certificate_of(odd(PAIR, CA, ODD[case][0]))
        return found.facts.subject, f"{found.facts.not_after:%Y-%m-%d %H:%M}"

    assert facts("underscore in a PrintableString")[0] == "CN=cms_1"
    assert facts("TeletexString")[0] == "CN=Zürich"
    assert facts("no seconds")[1] == "2028-11-01 00:00"
    assert facts("another time zone")[1] == "2028-10-31 23:00"
    lost = any_certificate_of(odd(PAIR, CA, ODD["even exponent"][0]))
    assert (lost.facts.public_key_algorithm, lost.facts.public_key_bits, lost.public_key) == (
        "rsaEncryption",
        None,
        None,
    )
    assert not signed_by(certificate_of(PAIR.der), lost), "a key that cannot be read has signed nothing"


def test_what_a_certificate_may_do_is_read_through_its_fault() -> None:
    authority = with_extensions(
        extension(CONSTRAINTS, tlv(0x30, b"\x01\x01\x01"), critical=FALSE),
        extension(USAGE, bytes.fromhex("03020106"), critical=FALSE),
    )
    found = any_certificate_of(odd(CA, CA, authority))
    assert (found.is_ca, found.digital_signature) == (True, False)
    assert signed_by(found, found) and signed_by(STRICT, found)


def test_a_ca_with_defaults_written_out_is_no_damaged_file() -> None:
    reading = read((FILES / "ca_encoded_default.cer").read_bytes(), "ca.cer", CERTIFICATE)
    (ca,) = reading.certificates
    assert ca.facts.subject == "O=EXAMPLE, CN=Certificate Authority"
    assert ca.facts.serial == "1fed133dff4dc49f424827b6fb30191fc5905616"
    assert (ca.facts.public_key_algorithm, ca.facts.public_key_bits, ca.is_ca) == ("rsaEncryption", 2048, True)
    assert [(each.id, each.severity) for each in reading.findings] == [("encoding", "note")]
    assert "critical FALSE" in reading.findings[0].message


def test_what_openssl_refuses_is_damaged() -> None:
    for change in (with_part(SERIAL, bytes.fromhex("0203000012")), with_part(SUBJECT, name(0x0C, b"\xff\xfe"))):
        der = odd(PAIR, CA, change)
        assert not loads_der(der)
        assert [each.id for each in read(pem(der), "x", CERTIFICATE).findings] == ["damaged"]


def test_what_this_reader_takes_and_openssl_refuses_is_told() -> None:
    der = odd(PAIR, CA, with_part(SUBJECT, name(0x1A, b"cms1")))
    assert certificate_of(der)
    for first in (pem(der), canonical("CERTIFICATE", der)):
        (told,) = read(first + CA.pem, "x", CERTIFICATE).findings
        assert (told.id, told.severity) == ("not-loaded", "unfit")
        assert "1 of 2" in told.message or "0 of 2" in told.message


def test_openssl_reads_certificates_one_by_one_as_it_reads_a_file_of_them() -> None:
    unread = odd(PAIR, CA, with_part(SUBJECT, name(0x1A, b"cms1")))
    for forms in ([CA.der], [PAIR.der, CA.der], [CA.der, CA.der], [CA.der, unread], [unread, CA.der], [unread]):
        file = b"".join(canonical("CERTIFICATE", der) for der in forms)
        assert loads_each(forms) == (loaded_from_pem(file) == len(set(forms))), len(forms)
    # One that was refused leaves nothing behind for those after it.
    assert loads_each([PAIR.der]) and not loads_each([unread]) and loads_each([PAIR.der])


@examples(300)
@given(st.integers(0, len(PAIR.der) - 1), st.integers(1, 255), st.sampled_from(sorted(ODD)))
def test_a_flipped_byte_never_raises_anything_else(place: int, flip: int, case: str) -> None:
    changed = bytearray(odd(PAIR, CA, ODD[case][0]))
    changed[place % len(changed)] ^= flip
    try:
        found = any_certificate_of(bytes(changed))
    except ValueError:
        return
    assert found.facts.not_after
    loads = loads_der(bytes(changed))
    assert loads or not found.odd
    # Beside others of the same name, OpenSSL may stumble over an odd one: then the file is looked at as a whole.
    assert loads or not loads_each([bytes(changed)])
