"""Secrets are taken out before anybody hears of them."""

from __future__ import annotations

import re
from dataclasses import replace
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.device.redaction import Redacted, redact, redacted

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Password                : Example.123", "Password                : [redacted]"),
        ("  password: two words ", "  password: [redacted]"),
        ("Shared secret           : abc", "Shared secret           : [redacted]"),
        ("Shared secret           : none", "Shared secret           : none"),
        ("Secret = x\nRealm : cms.demo", "Secret = [redacted]\nRealm : cms.demo"),
        ("Passphrase      x", "Passphrase      [redacted]"),
        ("TURN password : x", "TURN password : [redacted]"),
        ("Password :\nUsername : admin", "Password :\nUsername : admin"),
        ("Password :\n  Example.123\nRealm : x", "Password : [redacted]\nRealm : x"),
        (f"Password : {'x' * 68}\n{'y' * 79}\nz\nRealm : x", "Password : [redacted]\nRealm : x"),
        (f"Password : {'x' * 68}\nRealm : x", "Password : [redacted]\nRealm : x"),
        (f"TURN password : {'x' * 63}\nc2VjcmV0TGVmdA==\nRealm : x", "TURN password : [redacted]\nRealm : x"),
        (f"TURN password : {'x' * 63}\nB:rest\nRealm : x", "TURN password : [redacted]\nRealm : x"),
        ("Shared secret:\n  c2VjcmV0==\nRealm: x", "Shared secret: [redacted]\nRealm: x"),
        ("Shared secret:\r\n  c2VjcmV0\r\nRealm: x", "Shared secret: [redacted]\nRealm: x"),
        ("  Password :\n  Username : admin", "  Password :\n  Username : admin"),
        ("Short term credentials  : disabled", "Short term credentials  : disabled"),
        ("The password has expired", "The password has expired"),
        (f"a\n{KEY}\nb", "a\n-----BEGIN RSA PRIVATE KEY-----\n[redacted]\n-----END RSA PRIVATE KEY-----\nb"),
        (KEY[:40], "-----BEGIN RSA PRIVATE KEY-----\n[redacted]\n"),
        ("-----BEGIN CERTIFICATE-----\nMIIE", "-----BEGIN CERTIFICATE-----\nMIIE"),
        ("passwords.cer\nsecret.key", "passwords.cer\nsecret.key"),
        ("passwd: x y\npwd=x\nPSK : x", "passwd: [redacted]\npwd=[redacted]\nPSK : [redacted]"),
        ("API token     : x", "API token     : [redacted]"),
        ('{"auth_token": "x", "a": 1}', '{"auth_token": [redacted]'),
        ("TURN credentials (static) : user x", "TURN credentials (static) : [redacted]"),
        ("SNMP community : public", "SNMP community : [redacted]"),
        (
            "Key : x\nPre-shared key: x\nlicense_key = x",
            "Key : [redacted]\nPre-shared key: [redacted]\nlicense_key = [redacted]",
        ),
        ('{"a": 1, "api_key": "x"}', '{"a": 1, "api_key": [redacted]'),
        ("Encryption key:\n  x\nRealm : x", "Encryption key: [redacted]\nRealm : x"),
        ("Tokens:\n  abcdef==\nRealm : x", "Tokens: [redacted]\nRealm : x"),
        ("2026-11-28 12:00:01 cms2 turn: psk: x", "2026-11-28 12:00:01 cms2 turn: psk: [redacted]"),
    ],
)
def test_secrets_are_taken_out_and_the_rest_stays(text: str, shown: str) -> None:
    assert redact(text) == shown
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "Key file              : core.key\nHTTPS Key file  : edge.key\nTLS key : odd.name",
        "  Server Key           : cluster-south-server-20261123-5f0c2ab7d1e94c3188aa-ren\newed.key",
        "  Client Key : c.key (not found)\nserver_key : x\nclient-key: none",
        "Callbridge key : x.key\nSecond key = y.pem",
        "User supplied certificates and keys:\nserver.key\nkey.key\ntoken.cer\ncommunity.pem",
        "key.bak   1024\ntoken.bak  77  2026-01-01\nsecret.bak   1024",
        "Public Key Algorithm: rsaEncryption\n  RSA Public-Key: (2048 bit)\n  Private-Key: (2048 bit, 2 primes)",
        "X509v3 Subject Key Identifier:\n  AB:CD\nX509v3 Key Usage: critical\n  Digital Signature",
        "Subject: C=GB, O=Secret Community, CN=Token key, OU=x\nIssuer: /O=Password/CN=key/OU=x",
        "Issuer: CN = Community CA + O = Example, OU = Key Services",
        "Checking user configured certificates and keys...found\nSUCCESS: Key and certificate pair match",
        "USERNAME   ROLE    PASSWORD EXPIRY   LOGGED IN\nadmin   admin  2017-Nov-05   yes",
        "Password expiry : 2017-Nov-05\nPassword last changed : yesterday",
        "Short term credentials  : disabled\nCredentials:\n  Username : admin",
        "database cluster certs server.key server.cer client.key client.cer ca.cer",
        "SHA256 host key : SHA256:abc",
    ],
)
def test_names_of_files_and_what_everybody_may_see_stay(text: str) -> None:
    assert redact(text) == text


def test_what_was_taken_out_once_is_not_looked_at_again_and_what_is_made_of_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []

    def counted(text: str) -> str:
        done.append(text)
        return redact(text)

    monkeypatch.setattr("mmpctl.device.redaction.redact", counted)
    shown = redacted("Password : x")
    assert redacted(shown) is shown and len(done) == 1
    for made in (f"{shown}\nPSK : y", shown + "\nPSK : y", str(shown), shown.strip(), shown.replace("x", "z")):
        assert not isinstance(made, Redacted)
    assert redacted(shown + "\nPSK : y") == "Password : [redacted]\nPSK : [redacted]" and len(done) == 2


WORDS = ("Password", "secret", "Server Key", "key", "community", "token", "none", "Enabled", "x.key", "CN=Token, O=x")
OTHERS = (
    "=",
    ":",
    " : ",
    "  ",
    "\t",
    "\n",
    "\n  ",
    "\r\n",
    " ",
    "word",
    "12345678",
    "a" * 79,
    " expiry",
    "-----BEGIN",
    "äÄ",
    # Letters that count as other ones where cases do not count.
    "PA\u017fSWORD",
    "\u212aEY",
)
PIECES = st.sampled_from(WORDS + OTHERS)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_a_line_without_a_word_of_a_secret_is_passed_over_and_nothing_else_is(text: str) -> None:
    # As if each line held such a word: then all is looked for in each.
    every = replace(vocabulary(), secret_word=re.compile(""))
    with patch("mmpctl.device.redaction.vocabulary", lambda: every):
        wanted = redact(text)
    assert redact(text) == wanted
