"""A CA's key opens with its passphrase alone, here and for OpenSSL."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from mmpctl.authority.sealed_key import PassphraseError, seal, unseal
from tests.support.private_ca import cheap_passphrases

KEY = ec.generate_private_key(ec.SECP256R1())


def test_openssl_opens_it_and_names_the_form(tmp_path: Path) -> None:
    file = tmp_path / "ca.key"
    key = rsa.generate_private_key(65537, 2048)
    file.write_bytes(seal(key, "großes Geheimnis"))
    read = subprocess.run(
        ["openssl", "pkey", "-in", file, "-passin", "pass:großes Geheimnis"], capture_output=True, check=True
    )
    assert read.stdout == key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    form = subprocess.run(["openssl", "asn1parse", "-in", file], capture_output=True, check=True, text=True).stdout
    assert [word in form for word in (":scrypt", ":aes-256-cbc", "INTEGER           :4000")] == [True, True, True]


@settings(max_examples=25)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_only_its_passphrase_opens_it(passphrase: str) -> None:
    with cheap_passphrases():
        sealed = seal(KEY, passphrase)
    assert unseal(sealed, passphrase, "ca.key").private_numbers() == KEY.private_numbers()
    with pytest.raises(PassphraseError, match=r"the passphrase does not open ca\.key"):
        unseal(sealed, passphrase + "x", "ca.key")


def test_two_files_of_one_key_have_nothing_in_common() -> None:
    with cheap_passphrases():
        one, other = seal(KEY, "same"), seal(KEY, "same")
    assert not set(one.splitlines()[3:-2]) & set(other.splitlines()[3:-2])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), "not protected by a passphrase"),
        (b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n", "does not open"),
        (b"", "does not open"),
        (
            ed25519.Ed25519PrivateKey.generate().private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"right")
            ),
            "a key of a kind that a CA of mmpctl does not have",
        ),
    ],
    ids=["in clear", "cut off", "empty", "another kind"],
)
def test_what_is_no_key_of_a_ca_is_told(content: bytes, told: str) -> None:
    with pytest.raises(PassphraseError, match=told) as caught:
        unseal(content, "right", "ca.key")
    assert caught.value.advice
