"""A request is judged before it goes to a CA, whoever made it."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from mmpctl.certificates.fitness import Use
from mmpctl.certificates.signing_request import check_request, check_requests, read_request
from tests.support.private_ca import request


def ids(data: bytes, use: Use) -> list[str]:
    return [one.id for one in check_request(read_request(data), use, "x.csr")]


def pem(common_name: str) -> bytes:
    return request(common_name).public_bytes(Encoding.PEM)


def test_good_requests_have_no_finding() -> None:
    assert ids(pem("postgres"), Use.CLIENT) == ids(pem("cms1.example.com"), Use.SERVER) == []


@pytest.mark.parametrize("name", ["postgrest", "Postgres", "postgres ", "cms1"])
def test_a_client_has_the_one_name_that_the_database_lets_in(name: str) -> None:
    assert ids(pem(name), Use.CLIENT) == ["request-cn"]


def test_the_forms_of_a_request() -> None:
    made = request("cms1")
    text = made.public_bytes(Encoding.PEM)
    digests = {
        read_request(form).sha256
        for form in (
            text,
            made.public_bytes(Encoding.DER),
            text.replace(b"\n", b"\r\n"),
            text.replace(b"CERTIFICATE REQUEST", b"NEW CERTIFICATE REQUEST"),
            b"a word before\n" + text,
        )
    }
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "it is empty"),
        (pem("a") + pem("b"), "several requests"),
        (pem("a")[:200], "no request in it"),
        (b"hello", "cannot be understood"),
        (b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "no request in it"),
    ],
)
def test_what_is_no_request_is_told(content: bytes, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_request(content)


def test_a_changed_request_is_told() -> None:
    der = bytearray(request("cms1").public_bytes(Encoding.DER))
    place = bytes(der).index(b"cms1")
    der[place : place + 4] = b"cms2"
    assert ids(bytes(der), Use.SERVER) == ["request-signature"]


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 1024),  # noqa: S505 - what is to be found
        ec.generate_private_key(ec.SECP256K1()),
        ed25519.Ed25519PrivateKey.generate(),
        dsa.generate_private_key(1024),  # noqa: S505 - what is to be found
    ],
    ids=["RSA 1024", "another curve", "Ed25519", "DSA"],
)
def test_a_key_that_the_device_does_not_take_is_told(key: rsa.RSAPrivateKey) -> None:
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cms1")])
    )
    made = builder.sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    assert ids(made.public_bytes(Encoding.DER), Use.SERVER) == ["request-key"]


def test_a_request_without_a_name_is_told() -> None:
    made = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    )
    assert ids(made.public_bytes(Encoding.DER), Use.SERVER) == ["request-no-name"]
    assert ids(made.public_bytes(Encoding.DER), Use.CLIENT) == ["request-cn"]


def subject_of(oid: x509.ObjectIdentifier, value: str) -> bytes:
    attributes = [
        x509.NameAttribute(oid, value, _validate=False),
        x509.NameAttribute(NameOID.COMMON_NAME, "cms1"),
    ]
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(attributes))
    return made.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.DER)


@settings(max_examples=40)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=90))
def test_names_of_any_letters_are_kept_up_to_their_length(value: str) -> None:
    found = ids(subject_of(NameOID.ORGANIZATION_NAME, value), Use.SERVER)
    assert found == (["request-too-long"] if len(value) > 64 else [])


@pytest.mark.parametrize(("country", "found"), [("CH", []), ("CHE", ["request-too-long"]), ("c", ["request-too-long"])])
def test_a_country_has_two_letters(country: str, found: list[str]) -> None:
    assert ids(subject_of(NameOID.COUNTRY_NAME, country), Use.SERVER) == found


def test_two_requests_beside_each_other() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    server, client = read_request(pem("cms1")), read_request(pem("postgres"))
    assert list(check_requests({"server.csr": server, "client.csr": client})) == []
    assert [one.id for one in check_requests({"server.csr": client, "client.csr": server})] == ["requests-swapped"]
    same = [read_request(request(name, key).public_bytes(Encoding.DER)) for name in ("cms1", "postgres")]
    found = list(check_requests(dict(zip(("server.csr", "client.csr"), same, strict=True))))
    assert [(one.id, one.refuses) for one in found] == [("requests-same-key", False)]
