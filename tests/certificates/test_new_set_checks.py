from __future__ import annotations

import ssl
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from mmpctl.certificates.certificate import certificate_of
from mmpctl.certificates.chain import build_chain
from mmpctl.certificates.loaded_set import load_set
from mmpctl.certificates.new_set_checks import check_set
from mmpctl.cluster.role import Role
from tests.support import pki
from tests.support.certificate_sets import findings, load

CA = pki.authority()
OTHER = pki.authority("Another CA")
NAMESAKE = pki.authority()
RSA_NAMESAKE = pki.authority(key=pki.rsa_key(2048, 2))
RSA_CA = pki.authority("RSA CA", key=pki.rsa_key(2048, 1))
SHORT_CA = pki.authority("Short CA", ends=90)
BETWEEN = CA.sign("Between", ca=True, ends=800)
UPPER = CA.sign("Upper", ca=True, ends=900)
LOWER = UPPER.sign("Lower", ca=True, ends=800)
GOOD = pki.files(CA)
LEAF = CA.sign("cms9")
TWO = pki.authority("One").sign("Two", ca=True)
ONE = TWO.sign("One", ca=True)
TWO = ONE.sign("Two", ca=True, key=TWO.key)


def server(pair: pki.Pair, ca: pki.Pair = CA, *more: pki.Pair) -> dict[str, bytes]:
    contents = pki.files(ca, server=pair)
    return contents | {"server.cer": b"".join((contents["server.cer"], *(each.pem for each in more)))}


def client(pair: pki.Pair) -> dict[str, bytes]:
    return pki.files(CA, client=pair)


def exchanged(one: str, other: str, contents: dict[str, bytes] = GOOD) -> dict[str, bytes]:
    return contents | {one: contents[other], other: contents[one]}


def signed_sha1(pair: pki.Pair) -> dict[str, bytes]:
    return server(pki.with_sha1(pair, RSA_CA), RSA_CA)


def chain_with_sha1() -> dict[str, bytes]:
    between = pki.with_sha1(RSA_CA.sign("Weak between", ca=True), RSA_CA)
    return server(between.sign("cms1"), RSA_CA, between)


def two_leafs() -> dict[str, bytes]:
    return GOOD | {"server.cer": GOOD["server.cer"] + LEAF.pem}


SHORT = "ca-expires-first"
BAD: dict[str, tuple[dict[str, bytes], list[tuple[str, str]]]] = {
    # Keys and certificates.
    "server key of another": (GOOD | {"server.key": LEAF.key_pem}, [("key-mismatch", "server.key")]),
    "client key of another": (GOOD | {"client.key": LEAF.key_pem}, [("key-mismatch", "client.key")]),
    "protected key": (
        GOOD | {"client.key": pki.key_pem(LEAF.key, b"secret")},
        [("encrypted-key", "client.key")],
    ),
    "two leafs": (two_leafs(), [("several-leafs", "server.cer")]),
    "a CA for the server": (GOOD | {"server.cer": CA.pem}, [("ca-as-leaf", "server.cer")]),
    # Files in each other's place.
    "key and certificate": (exchanged("server.key", "server.cer"), [("swapped", "server.key")]),
    "client's key and certificate": (exchanged("client.key", "client.cer"), [("swapped", "client.key")]),
    "leaf and CA": (exchanged("server.cer", "ca.cer"), [("swapped", "server.cer")]),
    "client's leaf and CA": (exchanged("client.cer", "ca.cer"), [("swapped", "client.cer")]),
    "certificates": (exchanged("server.cer", "client.cer"), [("swapped", "server.cer")]),
    "keys": (exchanged("server.key", "client.key"), [("swapped", "server.key")]),
    "whole pairs": (
        exchanged("server.cer", "client.cer", exchanged("server.key", "client.key")),
        [("swapped", "server.cer"), ("swapped", "server.key")],
    ),
    # The chain.
    "server of another CA": (server(OTHER.sign("cms1")), [("chain", "server.cer")]),
    "client of another CA": (client(OTHER.sign("postgres")), [("chain", "client.cer")]),
    "CA of the same name": (server(NAMESAKE.sign("cms1")), [("chain", "server.cer")]),
    "CA of the same name, other kind of key": (server(RSA_NAMESAKE.sign("cms1")), [("chain", "server.cer")]),
    "no CA in between": (server(BETWEEN.sign("cms1")), [("chain", "server.cer")]),
    "no root": (
        server(BETWEEN.sign("cms1"), CA, BETWEEN)
        | {"client.cer": BETWEEN.sign("postgres", key=LEAF.key).pem, "client.key": LEAF.key_pem, "ca.cer": BETWEEN.pem},
        [("chain", "server.cer"), ("chain", "client.cer")],
    ),
    "root in the wrong file": (server(OTHER.sign("cms1"), CA, OTHER), [("chain", "server.cer")]),
    "CA first": (
        GOOD | {"server.cer": BETWEEN.pem + (deep := BETWEEN.sign("cms1")).pem, "server.key": deep.key_pem},
        [("chain-order", "server.cer")],
    ),
    "CAs in the wrong order": (server(LOWER.sign("cms1"), CA, UPPER, LOWER), [("chain-order", "server.cer")]),
    "signed by a leaf": (
        server(LEAF.sign("cms1", ends=300), CA, LEAF),
        [
            ("several-leafs", "server.cer"),
            ("not-a-ca", "server.cer"),
        ],
    ),
    "a leaf in the CA file": (GOOD | {"ca.cer": CA.pem + LEAF.pem}, [("not-a-ca", "ca.cer")]),
    "CA ends first": (pki.files(SHORT_CA), [(SHORT, "ca.cer")] * 2),  # for server and client
    "CA in between ends first": (
        server(CA.sign("Between", ca=True, ends=100).sign("x"), CA, CA.sign("Between", ca=True, ends=100)),
        [("chain", "server.cer")],  # of the two of one name, the wrong one
    ),
    "CAs that sign each other": (server(ONE.sign("x"), CA, ONE, TWO), [("chain", "server.cer")]),
    # Time.
    "expired server": (server(CA.sign("x", starts=-9, ends=-1)), [("expired", "server.cer")]),
    "expired client": (client(CA.sign("postgres", starts=-9, ends=-1)), [("expired", "client.cer")]),
    "expired CA": (pki.files(pki.authority(ends=-1)), [("expired", "ca.cer"), *[(SHORT, "ca.cer")] * 2]),
    "future server": (server(CA.sign("x", starts=2)), [("not-yet-valid", "server.cer")]),
    "future CA": (pki.files(pki.authority(starts=1)), [("not-yet-valid", "ca.cer")]),
    "soon": (server(CA.sign("x", starts=-300, ends=29)), [("due", "server.cer")]),
    # Purpose and strength.
    "name": (client(CA.sign("Postgres")), [("client-cn", "client.cer")]),
    "no name": (client(CA.sign(None)), [("client-cn", "client.cer")]),
    "server's use": (server(CA.sign("x", usages=[pki.CLIENT_AUTH])), [("eku", "server.cer")]),
    "client's use": (client(CA.sign("postgres", usages=[pki.SERVER_AUTH])), [("eku", "client.cer")]),
    "key usage": (
        server(CA.sign("x", key_usage=pki.usage(digital_signature=False))),
        [("key-usage", "server.cer")],
    ),
    "SHA-1": (signed_sha1(RSA_CA.sign("x")), [("sha1", "server.cer")]),
    "SHA-1 in between": (chain_with_sha1(), [("sha1", "server.cer")]),
    "small RSA": (server(CA.sign("x", key=pki.rsa_key(1024))), [("rsa-small", "server.cer")]),
    "small RSA of the CA": (pki.files(pki.authority(key=pki.rsa_key(1024))), [("rsa-small", "ca.cer")]),
    "curve": (server(CA.sign("x", key=pki.ec_key(ec.SECP256K1()))), [("curve", "server.cer")]),
    "kind of key of the CA": (
        pki.files(pki.authority(key=ed25519.Ed25519PrivateKey.generate())),
        [("key-type", "ca.cer")],
    ),
    "kind of key": (
        server(CA.sign("x", key=ed25519.Ed25519PrivateKey.generate())),
        [("key-type", "server.cer")],
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_told(tmp_path: Path, case: str) -> None:
    contents, expected = BAD[case]
    assert findings(tmp_path, contents) == expected


@pytest.mark.parametrize(
    ("spoil", "id_"),
    [
        (lambda data: b"", "empty"),
        (lambda data: b"\xef\xbb\xbf" + data, "bom"),
        (lambda data: data.replace(b"\n", b"\r\n"), "crlf"),
        (lambda data: b"garbage", "not-pem"),
        (lambda data: data[:-30], "truncated"),
        (lambda data: data + b"the end\n", "stray-text"),
        (lambda data: data.decode().encode("utf-16"), "utf16"),
    ],
)
@pytest.mark.parametrize("file", GOOD)
def test_a_fault_of_form_is_told_of_its_file_alone(
    tmp_path: Path, file: str, spoil: Callable[[bytes], bytes], id_: str
) -> None:
    assert findings(tmp_path, GOOD | {file: spoil(GOOD[file])}) == [(id_, file)]


GOOD_SETS: dict[str, dict[str, bytes]] = {
    "plain": GOOD,
    "RSA": pki.files(RSA_CA, RSA_CA.sign("x", key=pki.rsa_key()), RSA_CA.sign("postgres", key=pki.rsa_key())),
    "no extended usage": pki.files(CA, CA.sign("x"), CA.sign("postgres")),
    "both usages, one pair for both": pki.files(
        CA, *[CA.sign("postgres", key=LEAF.key, usages=[pki.SERVER_AUTH, pki.CLIENT_AUTH])] * 2
    ),
    "key usage": server(CA.sign("x", key_usage=pki.usage(digital_signature=True))),
    "P-384": server(CA.sign("x", key=pki.ec_key(ec.SECP384R1()))),
    "in between with the leaf": server(BETWEEN.sign("x"), CA, BETWEEN),
    "in between with the root": server(BETWEEN.sign("x")) | {"ca.cer": BETWEEN.pem + CA.pem},
    "two in between, and the root too": server(LOWER.sign("x"), CA, LOWER, UPPER, CA),
    "an older CA beside the new one": GOOD | {"ca.cer": OTHER.pem + CA.pem},
    "a root signed with SHA-1": pki.files(pki.with_sha1(RSA_CA, RSA_CA), RSA_CA.sign("x"), RSA_CA.sign("postgres")),
    "a short life, not yet a third of it left": server(CA.sign("x", starts=-1, ends=8)),
}


@pytest.mark.parametrize("case", GOOD_SETS)
def test_a_good_set_has_no_findings(tmp_path: Path, case: str) -> None:
    assert findings(tmp_path, GOOD_SETS[case]) == []


def test_a_ca_renewed_under_its_name_and_key_is_leant_on_where_it_lasts_longer(tmp_path: Path) -> None:
    renewed = pki.authority(SHORT_CA.certificate.subject.rdns[-1].rfc4514_string()[3:], key=SHORT_CA.key)
    for order in ((SHORT_CA, renewed), (renewed, SHORT_CA)):
        contents = pki.files(SHORT_CA) | {"ca.cer": b"".join(each.pem for each in order)}
        assert findings(tmp_path, contents) == []


def test_a_ca_in_between_that_ends_first_is_told_of_its_own_file(tmp_path: Path) -> None:
    early = CA.sign("Early", ca=True, ends=100)
    assert findings(tmp_path / "own", server(early.sign("x"), CA, early)) == [(SHORT, "server.cer")]
    within = server(early.sign("x")) | {"ca.cer": CA.pem + early.pem}
    assert findings(tmp_path / "ca", within) == [(SHORT, "ca.cer")]


def test_a_client_node_is_checked_without_the_server_pair(tmp_path: Path) -> None:
    contents = {name: content for name, content in GOOD.items() if not name.startswith("server")}
    assert check_set(load_set(load(tmp_path, contents, Role.CLIENT)), pki.NOW) == ()
    bad = exchanged("client.cer", "ca.cer", contents)
    assert [each.id for each in check_set(load_set(load(tmp_path, bad, Role.CLIENT)), pki.NOW)] == ["swapped"]


@pytest.mark.parametrize(("ends", "ids"), [(399, []), (400, ["not-longer"]), (401, ["not-longer"])])
def test_a_new_certificate_must_last_longer_than_the_one_in_use(tmp_path: Path, ends: int, ids: list[str]) -> None:
    present = {"server.cer": certificate_of(CA.sign("cms1", ends=ends).der).facts}
    assert findings(tmp_path, GOOD, present) == [(id_, "server.cer") for id_ in ids]


def test_the_very_certificate_that_is_in_use_is_no_finding(tmp_path: Path) -> None:
    own = CA.sign("postgres")
    present = {"client.cer": certificate_of(own.der).facts}
    assert findings(tmp_path, client(own), present) == []


@pytest.mark.parametrize(
    ("seconds", "ids"), [(0, []), (1, ["expired"]), (-401 * 86400, []), (-401 * 86400 - 1, ["not-yet-valid"])]
)
def test_the_bounds_of_validity_are_openssl_s(tmp_path: Path, seconds: int, ids: list[str]) -> None:
    moment = pki.NOW + timedelta(days=400, seconds=seconds)
    given = load(tmp_path, server(CA.sign("x"), CA))
    found = [each for each in check_set(load_set(given), moment, due_days=0) if Path(each.file).name == "server.cer"]
    assert [each.id for each in found] == ids


def test_hostile_names_do_no_harm_to_a_terminal(tmp_path: Path) -> None:
    found = check_set(load_set(load(tmp_path, server(OTHER.sign("x\x1b[2J{file}")))), pki.NOW)
    chain = check_set(load_set(load(tmp_path, client(CA.sign("\x1b[2J\u202e{0}")))), pki.NOW)
    assert [each.id for each in (*found, *chain)] == ["chain", "client-cn"]
    assert all(each.message.isprintable() and each.cure.isprintable() for each in (*found, *chain))


def test_a_path_with_blanks_is_quoted_where_it_is_part_of_a_command(tmp_path: Path) -> None:
    given = load(tmp_path / "my files", GOOD | {"ca.cer": GOOD["ca.cer"].replace(b"\n", b"\r\n")})
    (found,) = check_set(load_set(given), pki.NOW)
    assert f"< '{tmp_path / 'my files' / 'ca.cer'}' >" in found.cure


def test_a_signature_that_cannot_be_checked_is_not_said_to_be_of_another_ca(tmp_path: Path) -> None:
    request = pki.request(pki.rsa_key(2048, 2), "cms1").public_bytes(Encoding.PEM)
    for name, content in {"ca.cer": RSA_CA.pem, "ca.key": RSA_CA.key_pem, "cms1.csr": request}.items():
        (tmp_path / name).write_bytes(content)
    words = [
        "x509",
        "-req",
        "-in",
        "cms1.csr",
        "-CA",
        "ca.cer",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "400",
        "-md5",
    ]
    signed = subprocess.run(["openssl", *words], cwd=tmp_path, capture_output=True, check=True).stdout
    leaf = certificate_of(ssl.PEM_cert_to_DER_cert(signed.decode()))
    chain = build_chain(leaf, (), (certificate_of(RSA_CA.der),))
    assert leaf.facts.signature_algorithm == "md5WithRSAEncryption" and leaf.weak_signature
    # Whether MD5 is checked depends on the release of the library.
    assert chain.problem == "" or "cannot be checked: it is signed with md5WithRSAEncryption" in chain.problem
