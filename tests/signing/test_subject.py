"""What is asked for is what a command line takes, whatever names and values there are; all else is refused."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from nornir.core.inventory import Defaults, Group, Host, ParentGroups

from mmpctl.authority.issuer import issuer
from mmpctl.authority.profile import KeyKind, Purpose
from mmpctl.certificates.certificate import certificate_of
from mmpctl.certificates.fitness import Use, check_purpose
from mmpctl.certificates.signing_request import check_request, read_request
from mmpctl.errors import InventoryError, RefusedError
from mmpctl.inventory.pki_fields import BOUNDS, PkiFields, pki_fields
from mmpctl.lab.commands import quoted
from mmpctl.signing.own_request import make_own_request
from mmpctl.signing.subject import subject_of
from tests.support.private_ca import NOW, PASSPHRASE, cheap_passphrases, make_ca, request, wanted

ODD = st.text(st.sampled_from("aZ0 .,-_'&äß東\"\\$;:\n\t=@"), min_size=1, max_size=140)


def host(pki: object) -> Host:
    return Host("cms1", hostname="192.0.2.1", data={"pki": pki})


@given(st.sampled_from([key for key in BOUNDS if key != "C"]), ODD)
def test_a_value_comes_to_the_node_as_it_is_or_not_at_all(key: str, value: str) -> None:
    try:
        told = pki_fields(host({key: value}))
        words = subject_of("server", "cms1", told).attributes()
    except (InventoryError, RefusedError) as error:
        assert error.advice
        return
    assert len(value) <= BOUNDS[key] and "\n" not in value
    assert quoted(" ".join(("pki csr base", *words)))[3:] == [word.replace('"', "") for word in words]
    assert f"{key}:{value}" in quoted(" ".join(words))


@given(st.sampled_from([key for key in BOUNDS if key != "C"]), ODD)
def test_what_the_inventory_takes_a_request_made_here_says(key: str, value: str) -> None:
    try:
        subject = subject_of("server", "cms1", pki_fields(host({key: value})))
    except InventoryError:
        return
    assert list(subject.differences(make_own_request(subject, KeyKind.P256).request)) == []


@pytest.mark.parametrize(
    ("pki", "said"),
    [
        ({"C": "GBR"}, "not a country"),
        ({"C": "gb"}, "not a country"),
        ({"O": 7}, "not a word"),
        ({"O": "x" * 65}, "has 65 characters"),
        ({"OU": 'the "best"'}, "cannot take"),
        ({"Organisation": "x"}, "unknown key"),
        ({"subjectAltName": "a.example.com,b c"}, "neither a name nor an address"),
        ({"subjectAltName": []}, "no list of names"),
        ({"subjectAltName": {"a": 1}}, "no list of names"),
        ("GB", "instead of a block of keys"),
    ],
)
def test_what_no_request_can_ask_for_is_told(pki: object, said: str) -> None:
    with pytest.raises(InventoryError, match=said) as caught:
        pki_fields(host(pki))
    assert caught.value.node == "cms1" and caught.value.advice


def test_fields_are_inherited_one_by_one() -> None:
    group = Group("london", data={"pki": {"O": "Example", "C": "GB", "subjectAltName": "a.example.com, 192.0.2.9"}})
    defaults = Defaults(data={"pki": {"C": "FR", "ST": "Kent", "CN": "everybody"}})
    one = Host("cms1", groups=ParentGroups([group]), data={"pki": {"CN": "db1"}}, defaults=defaults)
    assert pki_fields(one) == PkiFields(
        "db1", (("O", "Example"), ("ST", "Kent"), ("C", "GB")), ("a.example.com", "192.0.2.9")
    )


def test_the_client_is_always_postgres() -> None:
    told = PkiFields("db1", (("O", "Example"),), ("a.example.com",))
    assert subject_of("client", "cms1", told).attributes() == ("CN:postgres", "O:Example")
    assert subject_of("server", "cms1", told).attributes() == ("CN:db1", "O:Example", "subjectAltName:a.example.com")
    with pytest.raises(RefusedError, match="65 characters"):
        subject_of("server", "n" * 65, PkiFields())


# The forms in which a text may stand in a request, each with a character that it has a place for beside ASCII.
ENCODINGS = {
    _ASN1Type.UTF8String: "ü",
    _ASN1Type.BMPString: "東",
    _ASN1Type.T61String: "é",
    _ASN1Type.PrintableString: "'",
}


@pytest.mark.parametrize("encoding", ENCODINGS, ids=lambda one: one.name)
def test_a_name_is_the_same_in_every_encoding_and_is_certified_as_it_is(
    encoding: _ASN1Type, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with cheap_passphrases():
        make_ca(folder := tmp_path_factory.mktemp("encodings") / "ca")

    @given(st.text(st.sampled_from(f"aZ 09{ENCODINGS[encoding]}"), min_size=1, max_size=64).filter(str.strip))
    @settings(max_examples=10)
    def holds(owner: str) -> None:
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, owner, encoding),
                x509.NameAttribute(NameOID.COMMON_NAME, "postgres", encoding),
            ]
        )
        key = ec.generate_private_key(ec.SECP256R1())
        csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
        read = read_request(csr.public_bytes(Encoding.PEM))
        assert list(subject_of("client", "cms1", PkiFields(None, (("O", owner),))).differences(read)) == []
        assert not [one for one in check_request(read, Use.CLIENT, "client.csr") if one.refuses]
        with issuer(folder, PASSPHRASE, NOW) as ca:
            (issued,) = ca.issue([wanted(csr, Purpose.CLIENT)])
        certificate = certificate_of(
            x509.load_pem_x509_certificate(issued.certificate.encode()).public_bytes(Encoding.DER)
        )
        assert certificate.x509.subject.public_bytes() == csr.subject.public_bytes()
        assert not [one for one in check_purpose(certificate, Use.CLIENT, "client.cer") if one.refuses]

    holds()


def test_another_subject_is_noticed() -> None:
    wanted = subject_of("server", "cms1", PkiFields(None, (("O", "Example"),), ("a.example.com", "192.0.2.9")))
    made = read_request(request("cms2", names=("A.example.com",)).public_bytes(Encoding.PEM))
    assert list(wanted.differences(made)) == [
        "CN is 'cms2', not 'cms1'",
        "O is missing, not 'Example'",
        "subjectAltName does not contain 192.0.2.9",
    ]
