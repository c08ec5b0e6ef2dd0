from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12
from cryptography.x509 import Name, NameAttribute
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from mmpctl.certificates.binary import CERTIFICATE, KEY, Kind
from mmpctl.certificates.certificate import certificate_of, one_line
from mmpctl.certificates.openssl import loaded_from_pem
from mmpctl.certificates.read import read, read_certificates
from mmpctl.errors import MmpError, RefusedError
from mmpctl.findings.finding import as_deployed
from tests.support import pki
from tests.support.certificate_sets import useful
from tests.support.gate import examples
from tests.support.odd_certificates import odd, pem, tlv, with_part

FILES = Path(__file__).parent / "files"
CA = pki.authority()
PAIR = CA.sign("cms1.example.com", serial=0x0A1B)
REQUEST = pki.request(PAIR.key, "cms1")
PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
BEGIN, END = b"-----BEGIN CERTIFICATE-----\n", b"-----END CERTIFICATE-----\n"


def openssl_form(key: pki.Key) -> bytes:
    none = serialization.NoEncryption()
    return key.private_bytes(PEM, serialization.PrivateFormat.TraditionalOpenSSL, none)


def old_protected_key() -> bytes:
    protection = serialization.BestAvailableEncryption(b"secret")
    return pki.rsa_key().private_bytes(PEM, serialization.PrivateFormat.TraditionalOpenSSL, protection)


def openssh_key() -> bytes:
    none = serialization.NoEncryption()
    return PAIR.key.private_bytes(PEM, serialization.PrivateFormat.OpenSSH, none)


def public_key() -> bytes:
    return PAIR.key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def store() -> bytes:
    protection = serialization.BestAvailableEncryption(b"secret")
    assert not isinstance(PAIR.key, rsa.RSAPrivateKey)
    return pkcs12.serialize_key_and_certificates(b"x", PAIR.key, PAIR.certificate, [CA.certificate], protection)


def bundle(encoding: serialization.Encoding) -> bytes:
    return pkcs7.serialize_certificates([PAIR.certificate, CA.certificate], encoding)


def relabelled(label: bytes) -> bytes:
    return PAIR.pem.replace(b"CERTIFICATE", label)


def protected_der() -> bytes:
    protection = serialization.BestAvailableEncryption(b"secret")
    return PAIR.key.private_bytes(DER, serialization.PrivateFormat.PKCS8, protection)


def key_on_an_unknown_curve() -> bytes:
    p256 = bytes.fromhex("06082a8648ce3d030107")
    unknown = pki.key_der(PAIR.key).replace(p256, p256[:-1] + b"\x7f")
    return b"-----BEGIN PRIVATE KEY-----\n" + base64.encodebytes(unknown) + b"-----END PRIVATE KEY-----\n"


def spread(data: bytes, at: int, line: bytes) -> bytes:
    lines = data.rstrip().split(b"\n")
    return b"\n".join([*lines[:at], line, *lines[at:]]) + b"\n"


def in_lines(length: int) -> bytes:
    written = base64.b64encode(PAIR.der)
    lines = [written[at : at + length] + b"\n" for at in range(0, len(written), length)]
    return b"".join([BEGIN, *lines, END])


NESTED = BEGIN + b"A" * 64 + b"\n" + PAIR.pem
BAD: list[tuple[str, Kind, bytes, list[str]]] = [
    ("nothing", CERTIFICATE, b"", ["empty"]),
    ("blanks", KEY, b" \r\n\n", ["empty"]),
    ("mark", CERTIFICATE, b"\xef\xbb\xbf" + PAIR.pem, ["bom"]),
    ("windows", CERTIFICATE, PAIR.pem.replace(b"\n", b"\r\n"), ["crlf"]),
    ("windows key", KEY, PAIR.key_pem.replace(b"\n", b"\r\n"), ["crlf"]),
    ("mark and windows", KEY, b"\xef\xbb\xbf" + PAIR.key_pem.replace(b"\n", b"\r\n"), ["bom", "crlf"]),
    ("utf-16", CERTIFICATE, PAIR.pem.decode().encode("utf-16"), ["utf16"]),
    ("utf-16 without a mark", CERTIFICATE, PAIR.pem.decode().encode("utf-16-le"), ["utf16"]),
    ("utf-16 the other way round", KEY, b"\xfe\xff" + PAIR.key_pem.decode().encode("utf-16-be"), ["utf16"]),
    ("utf-16, big end first, without a mark", CERTIFICATE, PAIR.pem.decode().encode("utf-16-be"), ["utf16"]),
    ("utf-32", CERTIFICATE, PAIR.pem.decode().encode("utf-32"), ["utf16"]),
    ("old macintosh", CERTIFICATE, PAIR.pem.replace(b"\n", b"\r"), ["bare-cr"]),
    ("old macintosh key", KEY, PAIR.key_pem.replace(b"\n", b"\r"), ["bare-cr"]),
    ("two returns and a feed", CERTIFICATE, PAIR.pem.replace(b"\n", b"\r\r\n"), ["crlf"]),
    ("mark between two", CERTIFICATE, PAIR.pem + b"\xef\xbb\xbf" + CA.pem, ["bom", "not-loaded"]),
    ("two marks", CERTIFICATE, b"\xef\xbb\xbf" * 2 + PAIR.pem, ["bom", "not-loaded"]),
    ("NUL at the end", CERTIFICATE, PAIR.pem + b"\0" * 9, ["stray-text"]),
    ("NUL between two", CERTIFICATE, PAIR.pem + b"\0" + CA.pem, ["odd-characters", "not-loaded"]),
    ("NUL within", CERTIFICATE, PAIR.pem.replace(b"M", b"\0M", 1), ["odd-characters", "not-loaded"]),
    ("no-break spaces", CERTIFICATE, PAIR.pem.replace(b"\n", b"\xc2\xa0\n"), ["odd-characters"]),
    ("characters of no width", KEY, PAIR.key_pem.replace(b"\n", b"\xe2\x80\x8b\n"), ["odd-characters"]),
    ("binary", CERTIFICATE, PAIR.der, ["der"]),
    ("binary and a NUL", CERTIFICATE, PAIR.der + b"\0", ["der"]),
    ("binary, two joined", CERTIFICATE, PAIR.der + CA.der, ["der"]),
    ("binary key", KEY, pki.key_der(PAIR.key), ["der"]),
    ("binary key, protected", KEY, protected_der(), ["der"]),
    ("binary key for certificate", CERTIFICATE, pki.key_der(PAIR.key), ["not-a-certificate"]),
    ("binary certificate for key", KEY, PAIR.der, ["not-a-key"]),
    ("store", CERTIFICATE, store(), ["pkcs12"]),
    ("store for key", KEY, store(), ["pkcs12"]),
    ("bundle", CERTIFICATE, bundle(PEM), ["pkcs7"]),
    ("binary bundle", CERTIFICATE, bundle(DER), ["pkcs7"]),
    ("bundle that is called a certificate", CERTIFICATE, bundle(PEM).replace(b"PKCS7", b"CERTIFICATE"), ["pkcs7"]),
    ("bundle by its long name", CERTIFICATE, bundle(PEM).replace(b"PKCS7", b"PKCS #7 SIGNED DATA"), ["pkcs7"]),
    ("request", CERTIFICATE, REQUEST.public_bytes(PEM), ["csr"]),
    ("binary request", CERTIFICATE, REQUEST.public_bytes(DER), ["csr"]),
    ("request for key", KEY, REQUEST.public_bytes(PEM), ["csr"]),
    ("garbage", CERTIFICATE, b"\x00\x01garbage" * 9, ["not-pem"]),
    ("prose", KEY, b"see the other folder\n", ["not-pem"]),
    ("bare base64", CERTIFICATE, base64.encodebytes(PAIR.der), ["bare-base64"]),
    ("bare base64 in one line", CERTIFICATE, base64.b64encode(PAIR.der), ["bare-base64"]),
    ("bare base64 of a bundle", CERTIFICATE, base64.encodebytes(bundle(DER)), ["bare-base64"]),
    ("bare base64 of a key", KEY, base64.encodebytes(pki.key_der(PAIR.key)), ["bare-base64"]),
    ("bare base64 of something else", CERTIFICATE, base64.encodebytes(pki.key_der(PAIR.key)), ["not-pem"]),
    ("cut off", CERTIFICATE, PAIR.pem[:-30], ["truncated"]),
    ("cut off and next", CERTIFICATE, NESTED, ["truncated"]),
    ("run together", CERTIFICATE, PAIR.pem.rstrip() + CA.pem, ["truncated"]),
    ("broken base64", CERTIFICATE, PAIR.pem.replace(b"M", b"*", 1), ["damaged"]),
    ("broken content", CERTIFICATE, BEGIN + base64.encodebytes(b"hello") + END, ["damaged"]),
    ("broken key", KEY, PAIR.key_pem.replace(b"M", b"*", 1), ["damaged"]),
    ("key on an unknown curve", KEY, key_on_an_unknown_curve(), ["damaged"]),
    ("double spaced", CERTIFICATE, PAIR.pem.replace(b"\n", b"\n\n"), ["blank-lines"]),
    ("double spaced key", KEY, PAIR.key_pem.replace(b"\n", b"\n\n"), ["blank-lines"]),
    ("blank line in the middle", CERTIFICATE, spread(PAIR.pem, 3, b""), ["blank-lines"]),
    ("line of blanks at the end", CERTIFICATE, spread(PAIR.pem, -1, b" \t"), ["blank-lines"]),
    ("double spaced by windows", CERTIFICATE, PAIR.pem.replace(b"\n", b"\r\n\r\n"), ["crlf", "blank-lines"]),
    ("second of a chain double spaced", CERTIFICATE, PAIR.pem + CA.pem.replace(b"\n", b"\n\n"), ["blank-lines"]),
    ("indented", CERTIFICATE, PAIR.pem.replace(b"\n", b"\n  ").replace(b"  -----END", b"-----END"), ["loose-base64"]),
    ("blanks between letters", KEY, re.sub(rb"(?m)^(\w{9})", rb"\1 ", PAIR.key_pem), ["loose-base64"]),
    ("in one line", CERTIFICATE, BEGIN + base64.b64encode(PAIR.der) + b"\n" + END, ["loose-base64"]),
    ("longer than old OpenSSL reads", CERTIFICATE, in_lines(253), ["loose-base64"]),
    ("long lines below a blank one", CERTIFICATE, spread(in_lines(76), 1, b""), ["not-loaded"]),
    ("in one line below a blank one", CERTIFICATE, spread(in_lines(9999), 1, b""), ["loose-base64", "not-loaded"]),
    ("leading text", CERTIFICATE, b"subject=CN = x\n" + PAIR.pem, ["stray-text"]),
    ("trailing text", KEY, PAIR.key_pem + b"the end\n", ["stray-text"]),
    ("certificate and request", CERTIFICATE, PAIR.pem + REQUEST.public_bytes(PEM), ["stray-text"]),
    ("key and request", KEY, PAIR.key_pem + REQUEST.public_bytes(PEM), ["stray-text"]),
    ("key for certificate", CERTIFICATE, PAIR.key_pem, ["not-a-certificate"]),
    ("protected key for certificate", CERTIFICATE, pki.key_pem(PAIR.key, b"x"), ["not-a-certificate"]),
    ("certificate for key", KEY, PAIR.pem, ["not-a-key"]),
    ("public key", KEY, public_key(), ["not-a-key"]),
    ("parameters only", KEY, b"-----BEGIN EC PARAMETERS-----\nBg==\n-----END EC PARAMETERS-----\n", ["not-a-key"]),
    ("both, certificate", CERTIFICATE, PAIR.pem + PAIR.key_pem, ["key-in-certificate"]),
    ("both, protected", CERTIFICATE, PAIR.pem + pki.key_pem(PAIR.key, b"x"), ["key-in-certificate"]),
    ("both, key", KEY, PAIR.key_pem + PAIR.pem, ["certificate-in-key"]),
    ("protected", KEY, pki.key_pem(PAIR.key, b"secret"), ["encrypted-key"]),
    ("protected, old form", KEY, old_protected_key(), ["encrypted-key"]),
    ("openssh", KEY, openssh_key(), ["openssh-key"]),
    ("trusted", CERTIFICATE, relabelled(b"TRUSTED CERTIFICATE"), ["trusted-certificate"]),
    ("revocations", CERTIFICATE, relabelled(b"X509 CRL"), ["not-a-certificate"]),
    ("two keys", KEY, PAIR.key_pem + CA.key_pem, ["several-keys"]),
]


MISSPELLED = {
    "indented": (b"  " + PAIR.pem.replace(b"\n", b"\n  "), "BEGIN or END not at the beginning of a line"),
    "in YAML": (b"tls: |\n\t" + PAIR.pem.replace(b"\n", b"\n\t"), "BEGIN or END not at the beginning of a line"),
    "in one line": (PAIR.pem.replace(b"\n", b" "), "something behind BEGIN or END on its line"),
    "in one line without blanks": (PAIR.pem.replace(b"\n", b""), "something behind BEGIN or END on its line"),
    "in JSON": (b'{"certificate": "' + PAIR.pem.replace(b"\n", b"\\n") + b'"}', r"\n in place of line ends"),
    "remarks": (PAIR.pem.replace(b"E-----\n", b"E----- # x\n"), "something behind BEGIN or END on its line"),
    "behind a word": (b"cms1" + PAIR.pem, "BEGIN or END not at the beginning of a line"),
    "small letters": (PAIR.pem.replace(b"CERTIFICATE", b"certificate"), "small letters"),
    "four hyphens": (PAIR.pem.replace(b"-----", b"----"), "not five hyphens"),
    "six hyphens": (PAIR.pem.replace(b"-----", b"------"), "not five hyphens"),
    "dashes": (PAIR.pem.replace(b"-----", "\u2013\u2014".encode()), "dashes in place of hyphens"),
    "dashes of Windows": (PAIR.pem.replace(b"-----", b"\x97\x96\x96"), "dashes in place of hyphens"),
    "quoted in a mail": (re.sub(rb"(?m)^", b"> ", PAIR.pem), "marks of a quoted mail"),
    "in HTML": (b"<pre>" + PAIR.pem.replace(b"\n", b"<br>\r\n") + b"</pre>", "HTML"),
    "lines end in U+2028": (PAIR.pem.replace(b"\n", "\u2028".encode()), "something behind BEGIN or END on its line"),
}


@pytest.mark.parametrize("case", MISSPELLED)
def test_a_block_whose_lines_are_misspelled_is_read_and_told(case: str) -> None:
    data, words = MISSPELLED[case]
    reading = read(data, "server.cer", CERTIFICATE)
    assert [each.facts.serial for each in reading.certificates] == ["a1b"]
    (told,) = [each for each in reading.findings if each.id == "pem-lines"]
    assert words in told.message and as_deployed(told).severity == "unfit"
    assert {each.id for each in reading.findings} <= {"pem-lines", "crlf", "odd-characters"}
    useful(told)


def test_a_trusted_certificate_is_read_and_told() -> None:
    auxiliary = bytes.fromhex("300c300a06082b06010505070301")
    data = base64.encodebytes(PAIR.der + auxiliary).join((BEGIN, END)).replace(b"CERT", b"TRUSTED CERT")
    reading = read(data, "server.cer", CERTIFICATE)
    assert [each.id for each in reading.findings] == ["trusted-certificate"]
    assert [each.facts.serial for each in reading.certificates] == ["a1b"]


def test_a_key_in_the_form_of_today_under_an_old_label_is_read_as_openssl_reads_it() -> None:
    for key in (PAIR.key, pki.rsa_key()):
        old = "EC" if key is PAIR.key else "RSA"
        data = pki.key_pem(key).replace(b"PRIVATE KEY", f"{old} PRIVATE KEY".encode())
        assert (len(read(data, "x.key", KEY).keys), read(data, "x.key", KEY).findings) == (1, ())


def joined_lines(data: bytes) -> bytes:
    return data.replace(b"\n", b"", 2)


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "returns": lambda data: data.replace(b"\n", b"\r"),
    "windows": lambda data: data.replace(b"\n", b"\r\n"),
    "double": lambda data: data.replace(b"\n", b"\n\n"),
    "blank first": lambda data: data.replace(b"-\n", b"-\n\n", 1),
    "indented": lambda data: data.replace(b"\n", b"\n "),
    "padded": lambda data: data.replace(b"\n", b" \n"),
    "nul": lambda data: data.replace(b"\n", b"\0\n", 3),
    "no-break": lambda data: data.replace(b"\n", b"\xc2\xa0\n"),
    "mark": lambda data: b"\xef\xbb\xbf" + data,
    "text": lambda data: b"Bag Attributes\n" + data,
    "umlaut": lambda data: "Z\u00fcrich\n".encode() + data,
    "another": lambda data: data + CA.pem,
    "twice": lambda data: data + data,
    "joined": joined_lines,
    "dashes": lambda data: data.replace(b"-----", b"\x97"),
    "small": lambda data: data.replace(b"CERT", b"cert"),
    "quoted": lambda data: re.sub(rb"(?m)^", b"> ", data),
    "cut": lambda data: data[:-9],
}


@examples(300)
@given(st.lists(st.sampled_from(sorted(CHANGES)), max_size=4))
def test_what_openssl_does_not_load_is_never_fit(names: list[str]) -> None:
    data = PAIR.pem
    for name in names:
        data = CHANGES[name](data)
    reading = read(data, "x.cer", CERTIFICATE)
    loaded, held = loaded_from_pem(data), {each.fingerprint_sha256 for each in reading.certificates}
    # On a node, too: an unfit file may be one that still works, but a fit one always does.
    if not any(as_deployed(each).refuses for each in reading.findings):
        assert loaded == len(held) > 0
    # Whatever OpenSSL loads, its facts are known here, or it is called broken.
    assert len(held) >= loaded or any(each.id in ("truncated", "damaged") for each in reading.findings)


@pytest.mark.parametrize(("kind", "data", "ids"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_bad_file_is_told_as_what_it_is(kind: Kind, data: bytes, ids: list[str]) -> None:
    found = read(data, "some where/server.x", kind).findings
    assert [each.id for each in found] == ids
    for each in found:
        useful(each)


def test_without_the_equals_signs_at_the_end_it_is_read_and_told() -> None:
    padded = next(pem for number in range(9) if b"=" in (pem := CA.sign("cms1" + "x" * number).pem))
    for data in (padded.replace(b"=", b""), padded.replace(b"=\n", b"==\n")):
        reading = read(data, "x.cer", CERTIFICATE)
        assert [each.facts for each in reading.certificates] == [
            each.facts for each in read(padded, "x.cer", CERTIFICATE).certificates
        ]
        loads = loaded_from_pem(data) == 1
        assert [each.id for each in reading.findings] == [] if loads else ["not-loaded"]


@pytest.mark.parametrize("form", [PAIR.key_pem, openssl_form(pki.ec_key()), openssl_form(pki.rsa_key())])
def test_keys_are_read_in_each_form_that_openssl_writes(form: bytes) -> None:
    reading = read(form, "server.key", KEY)
    assert (len(reading.keys), reading.findings) == (1, ())


@pytest.mark.parametrize("kind", [CERTIFICATE, KEY])
def test_one_blank_line_below_the_first_is_what_openssl_takes_for_headers(kind: Kind) -> None:
    data = spread(PAIR.pem if kind == CERTIFICATE else PAIR.key_pem, 1, b"")
    assert read(data, "x", kind).findings == ()


def test_a_double_spaced_paste_is_read_and_told() -> None:
    reading = read((FILES / "client_double_spaced.cer").read_bytes(), "client.cer", CERTIFICATE)
    assert [each.facts.subject for each in reading.certificates] == ["CN=postgres"]
    (told,) = reading.findings
    assert (told.id, told.severity) == ("blank-lines", "unfit")


def test_parameters_before_an_elliptic_key_are_no_fault() -> None:
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    reading = read(parameters + openssl_form(PAIR.key), "server.key", KEY)
    assert (reading.keys[0].key_sha256, reading.findings) == (certificate_of(PAIR.der).key_sha256, ())


def test_a_chain_is_read_in_its_order() -> None:
    reading = read(PAIR.pem + b"\n" + CA.pem, "server.cer", CERTIFICATE)
    assert [each.facts.subject for each in reading.certificates] == [
        "C=IN, O=Glass, CN=cms1.example.com",
        "C=IN, O=Glass, CN=Database CA",
    ]
    assert reading.findings == ()


def test_facts() -> None:
    facts = certificate_of(PAIR.der).facts
    assert facts.subject == "C=IN, O=Glass, CN=cms1.example.com"
    assert facts.issuer == "C=IN, O=Glass, CN=Database CA"
    assert facts.serial == "a1b"
    assert (facts.not_before, facts.not_after) == (pki.NOW - timedelta(days=1), pki.NOW + timedelta(days=400))
    assert facts.signature_algorithm == "ecdsa-with-SHA256"
    assert (facts.public_key_algorithm, facts.public_key_bits) == ("id-ecPublicKey", 256)
    other = certificate_of(CA.sign("x", key=pki.rsa_key()).der).facts
    assert (other.public_key_algorithm, other.public_key_bits) == ("rsaEncryption", 2048)


def test_a_name_is_one_line_and_harmless() -> None:
    attributes = [
        NameAttribute(NameOID.DOMAIN_COMPONENT, "com"),
        NameAttribute(NameOID.EMAIL_ADDRESS, "a@b.c"),
        NameAttribute(NameOID.COMMON_NAME, "Zürich\x1b[2J\u202e\n"),
    ]
    assert one_line(Name(attributes)) == r"DC=com, emailAddress=a@b.c, CN=Zürich\x1B[2J\xE2\x80\xAE\x0A"


@pytest.mark.filterwarnings("ignore:Attribute's length must be")
@pytest.mark.parametrize(
    ("country", "told"), [(b"Germany", "'Germany' in [C=Germany]"), (b"", "'' in [C=]"), (b"DE", "")]
)
def test_a_country_that_is_no_code_is_a_note(country: bytes, told: str) -> None:
    subject = tlv(0x30, tlv(0x31, tlv(0x30, bytes.fromhex("0603550406") + tlv(0x13, country))))
    findings = read(pem(odd(PAIR, CA, with_part(5, subject))), "ca.cer", CERTIFICATE).findings
    assert [(each.id, each.severity) for each in findings] == [("country", "note")] * bool(told)
    assert all(told in each.message for each in findings)


def test_small_faults_do_not_hide_a_certificate_in_use() -> None:
    data = b"\xef\xbb\xbfBag Attributes\r\n" + PAIR.pem.replace(b"\n", b"\r\n")
    assert [each.facts.serial for each in read_certificates(data, "x.cer")] == ["a1b"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (PAIR.key_pem, "not-a-certificate"),
        (PAIR.pem + CA.pem[:-40], "truncated"),
        (PAIR.pem.replace(b"M", b"*", 1), "damaged"),
        (b"note\r\n" + REQUEST.public_bytes(PEM), "csr"),
    ],
)
def test_what_is_no_certificate_is_an_error_of_ours(data: bytes, code: str) -> None:
    with pytest.raises(RefusedError) as caught:
        read_certificates(data, "x.cer")
    assert caught.value.code == code
    assert "x.cer" in caught.value.message
    assert caught.value.advice


PIECES = st.sampled_from(
    [PAIR.pem, PAIR.key_pem, BEGIN, END, b"-----BEGIN X-----\n", b"\r\n", b"\xef\xbb\xbf", b"\xff\xfe", PAIR.der, b"M"]
)


@given(
    st.lists(st.one_of(st.binary(max_size=40), PIECES), max_size=8).map(b"".join), st.sampled_from([CERTIFICATE, KEY])
)
def test_no_bytes_raise_anything_but_our_errors(data: bytes, kind: Kind) -> None:
    reading = read(data, "x", kind)
    assert reading.findings or (reading.keys if kind == KEY else reading.certificates)
    try:
        assert read_certificates(data, "x")
    except MmpError as error:
        assert error.advice


@given(st.integers(0, len(PAIR.der) - 1), st.integers(1, 255), st.sampled_from([CERTIFICATE, KEY]))
def test_a_flipped_byte_is_read_or_told(place: int, flip: int, kind: Kind) -> None:
    changed = bytearray(PAIR.der)
    changed[place] ^= flip
    pem = BEGIN + base64.encodebytes(bytes(changed)) + END
    reading = read(pem, "x", kind)
    assert reading.findings or reading.certificates
    assert read(bytes(changed), "x", kind).findings
