"""Secrets are taken out before anybody hears of them."""

from __future__ import annotations

import pytest

from mmpctl.device.transcript import redact

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
    ],
)
def test_secrets_are_taken_out_and_the_rest_stays(text: str, shown: str) -> None:
    assert redact(text) == shown
    assert redact(redact(text)) == redact(text)
