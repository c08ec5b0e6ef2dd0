"""Inspections built from OpenSSL's grammar come out exactly; mutilated ones are refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mmpctl.cluster.certificate_facts import CertificateFacts
from mmpctl.device.commands.pki_inspect import PKI_INSPECT, key_in_other_words
from mmpctl.device.commands.pki_list import PKI_LIST
from mmpctl.errors import ParseError
from tests.support.gate import examples

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FOUND = ("Checking user configured certificates and keys...found", "File contains a PEM encoded certificate")
EXTENSIONS = (
    "X509v3 extensions:",
    "    X509v3 Subject Alternative Name: ",
    "        DNS:cms1.example.com, DNS:Subject: CN=x",
    "    X509v3 Certificate Policies: ",
    "        Policy: 2.23.140.1.2.2",
    "          CPS: https://example.com/cps",
    "    CT Precertificate SCTs: ",
    "        Signed Certificate Timestamp:",
    "            Version   : v1 (0x0)",
    "            Signature : ecdsa-with-SHA256",
    "                        30:45:02:21",
    "    1.3.6.1.4.1.311.20.2: ",
    "        ...W.e.b.S.e.r.v.e.r",
)

printable = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"))
free_text = st.text(printable, max_size=120).map(str.strip)
name = st.one_of(
    free_text,
    st.sampled_from(
        [
            "C=IN, O=Glass, CN=x",
            "C = IN, O = Glass, CN = x",
            r"CN=cms2> x, O=a\, b, L=Stra\C3\9Fe",
            "CN=Not After : 1",
            "",
        ]
    ),
)
time = st.integers(-631152000, 253402300799).map(lambda seconds: EPOCH + timedelta(seconds=seconds))


@dataclass(frozen=True)
class Written:
    """A certificate, and the lines that a device might print for it."""

    facts: CertificateFacts
    lines: tuple[str, ...]


def dump(data: bytes, indent: str) -> list[str]:
    rows = [data[at : at + 15].hex(":") for at in range(0, len(data), 15)]
    return [indent + row + (":" if row is not rows[-1] else "") for row in rows]


@st.composite
def certificate(draw: st.DrawFn) -> Written:
    step = " " * draw(st.sampled_from([1, 2, 4]))
    colon = draw(st.sampled_from(["", ":"]))
    lines = ["Certificate:", f"{step}Data:", f"{step * 2}Version: 3 (0x2)"]
    serial = draw(st.integers(-(2**70), 2**159))
    form = draw(st.sampled_from(["line", "below", "beside", "hex"]))
    octets = abs(serial).to_bytes((abs(serial).bit_length() + 7) // 8 or 1, "big").hex(":")
    if form == "line":
        lines.append(f"{step * 2}Serial Number: {serial} ({serial:#x})")
    elif form == "hex":
        lines.append(f"{step * 2}Serial Number: {serial:#x}")
    elif form == "below" or serial < 0:
        lines += [f"{step * 2}Serial Number:", f"{step * 3}{' (Negative)' if serial < 0 else ''}{octets}"]
    else:
        lines.append(f"{step * 2}Serial Number: {octets}")
    signature = draw(
        st.sampled_from(["sha256WithRSAEncryption", "sha1WithRSAEncryption", "ecdsa-with-SHA256", "ED25519"])
    )
    issuer, subject = draw(name), draw(name)
    not_before, not_after = draw(time), draw(time)

    def shown(moment: datetime) -> str:
        return f"{MONTHS[moment.month - 1]} {moment.day:2} {moment:%H:%M:%S} {moment.year} GMT"

    lines += [
        f"{step * 2}Signature Algorithm: {signature}",
        f"{step * 2}Issuer: {issuer}",
        f"{step * 2}Validity{colon}",
        f"{step * 3}Not Before: {shown(not_before)}",
        f"{step * 3}Not After : {shown(not_after)}",
        f"{step * 2}Subject: {subject}",
        f"{step * 2}Subject Public Key Info:",
    ]
    algorithm, bits = draw(st.sampled_from([("rsaEncryption", 2048), ("id-ecPublicKey", 256), ("ED25519", None)]))
    prefix = draw(st.sampled_from(["", "RSA "])) if bits else "ED25519 "
    size = f" ({bits} bit)" if bits else ""
    lines += [f"{step * 3}Public Key Algorithm: {algorithm}", f"{step * 4}{prefix}Public-Key:{size}"]
    body = dump(draw(st.binary(min_size=1, max_size=40)), step * 5)
    if draw(st.booleans()):
        lines += {
            "rsaEncryption": [f"{step * 4}Modulus:", *body, f"{step * 4}Exponent: 65537 (0x10001)"],
            "id-ecPublicKey": [
                f"{step * 4}pub:",
                *body,
                f"{step * 4}ASN1 OID: prime256v1",
                f"{step * 4}NIST CURVE: P-256",
            ],
            "ED25519": [f"{step * 4}pub:", *body],
        }[algorithm]
    if draw(st.booleans()):
        lines += [step * 2 + line for line in EXTENSIONS]
    if draw(st.booleans()):
        heading = draw(st.sampled_from([[], [f"{step}Signature Value:"]]))
        lines += [f"{step}Signature Algorithm: {signature}", *heading, *body]
    facts = CertificateFacts(subject, issuer, f"{serial:x}", not_before, not_after, signature, algorithm, bits)
    return Written(facts, tuple(lines))


@examples(80)
@given(st.lists(certificate(), min_size=1, max_size=3))
def test_what_was_written_is_read(samples: list[Written]) -> None:
    text = "\n".join([*FOUND, *(line for sample in samples for line in sample.lines)])
    inspected = PKI_INSPECT.read(text)
    assert inspected.found
    assert inspected.certificates == tuple(sample.facts for sample in samples)


@examples(80)
@given(certificate(), st.data())
def test_a_cut_inspection_is_refused_or_has_every_fact(sample: Written, data: st.DataObject) -> None:
    text = "\n".join([*FOUND, *sample.lines])
    cut = data.draw(st.integers(0, len(text)))
    try:
        inspected = PKI_INSPECT.read(text[:cut])
    except ParseError:
        return
    assert inspected.certificates == (sample.facts,)


@examples(80)
@given(certificate(), st.data())
def test_a_fact_that_stands_twice_is_refused(sample: Written, data: st.DataObject) -> None:
    facts = ("Serial", "Issuer:", "Not ", "Subject:", "Public Key Algorithm:")
    at = data.draw(st.sampled_from([at for at, line in enumerate(sample.lines) if line.strip().startswith(facts)]))
    assume(sample.lines[at].strip() != "Serial Number:")
    lines = [*FOUND, *sample.lines[: at + 1], *sample.lines[at:]]
    with pytest.raises(ParseError):
        PKI_INSPECT.read("\n".join(lines))


MAY_BE_RAW = re.compile(r"^ +(?:X509v3 Subject Alternative|X509v3 Certificate Policies|CT Precert|1\.3\.6\.1\.4\.)")


@examples(80)
@given(certificate(), st.data(), st.text(printable, min_size=1, max_size=40))
def test_a_foreign_line_never_changes_a_fact(sample: Written, data: st.DataObject, foreign: str) -> None:
    at = data.draw(st.integers(0, len(sample.lines)))
    assume(not at or len(sample.lines[at - 1]) != 79)
    try:
        inspected = PKI_INSPECT.read("\n".join([*FOUND, *sample.lines[:at], foreign, *sample.lines[at:]]))
    except ParseError:
        return
    # Only blank lines, indented ones below the extensions, lines of one that may have raw bytes, and more bytes of a
    # key or signature may be passed over.
    raw = next((number for number, line in enumerate(sample.lines) if MAY_BE_RAW.search(line)), len(sample.lines))
    more_bytes = re.fullmatch(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})*:?", foreign.strip())
    assert not foreign.strip() or foreign[0] in " \t" or at > raw or more_bytes
    assert inspected.certificates == (sample.facts,)


@examples(80)
@given(certificate())
def test_a_wrapped_inspection_is_read_whole_or_refused(sample: Written) -> None:
    lines = [line[at : at + 79] for line in sample.lines for at in range(0, max(len(line), 1), 79)]
    try:
        inspected = PKI_INSPECT.read("\n".join([*FOUND, *lines]))
    except ParseError:
        return
    assert inspected.certificates == (sample.facts,)


@examples(80)
@given(st.lists(st.from_regex(r"\A[A-Za-z0-9_-]{1,70}\.(key|cer|crt|pem|csr)\Z"), unique=True, max_size=20))
def test_listed_files_are_read(names: list[str]) -> None:
    assert PKI_LIST.read("\n".join(["User supplied certificates and keys:", *names])).files == tuple(names)


@pytest.mark.parametrize(
    "words",
    [
        "File format not recognised",
        "File format is unknown",
        "ERROR: unrecognised format",
        "Unable to parse file",
        "The file could not be read",
        "File does not contain a certificate",
        "File is not in PEM format",
        "Invalid file",
        "  Unsupported file type",
        "File is corrupt",
        "File contains a PKCS#7 bundle",
        "File contains unknown data",
    ],
)
def test_what_the_device_says_of_a_strange_file_is_kept(words: str) -> None:
    inspected = PKI_INSPECT.read(f"Checking user configured certificates and keys...found\n{words}\n")
    assert (inspected.found, inspected.certificates, inspected.is_key) == (True, (), False)
    assert inspected.kind == words.strip()


@pytest.mark.parametrize("words", ["Unknown command", "Permission denied", "Invalid argument", "Unable to open device"])
def test_an_error_message_alone_is_no_inspection(words: str) -> None:
    with pytest.raises(ParseError):
        PKI_INSPECT.read(words)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("File contains a PEM encoded private key\nstrange\n", "File contains a PEM encoded private key"),
        ("ED25519 Private-Key in PEM\npriv:\n", "ED25519 Private-Key in PEM"),
        ("strange\n  a private key, protected\n", "a private key, protected"),
        ("The file does not contain a private key\nstrange\n", None),
        ("strange\n", None),
    ],
)
def test_an_answer_in_other_words_may_call_the_file_a_key(text: str, line: str | None) -> None:
    with pytest.raises(ParseError) as caught:
        PKI_INSPECT.read(f"Checking user configured certificates and keys...found\n{text}")
    told = key_in_other_words(caught.value.text)
    assert (told.kind if told else None) == line
    assert told is None or told.is_key


@pytest.mark.parametrize("kind", ["ED25519", "X448", "ML-DSA-65"])
def test_a_key_of_one_size_is_a_key(kind: str) -> None:
    found = "Checking user configured certificates and keys...found"
    text = f"{found}\n{kind} Private-Key:\npriv:\n    00:01\npub:\n    02:03\n"
    assert PKI_INSPECT.read(text).is_key
