"""Certificate files that many nodes hold alike are read once; whatever is odd about a file is told by its own name."""

from __future__ import annotations

import pytest

from mmpctl.certificates import recurring
from mmpctl.certificates.binary import CERTIFICATE
from mmpctl.certificates.read import Reading, read
from mmpctl.certificates.recurring import read_once
from tests.support import pki

CA = pki.authority()
PAIR = CA.sign("cms1.example.com")


def test_the_same_content_is_read_once() -> None:
    digest, reading = read_once(PAIR.pem + CA.pem, "one.cer")
    again, same = read_once(PAIR.pem + CA.pem, "other.cer")
    assert (again, same) == (digest, reading) and same is reading
    assert [each.fingerprint_sha256 for each in reading.certificates] == [
        each.fingerprint_sha256 for each in read(PAIR.pem + CA.pem, "x", CERTIFICATE).certificates
    ]


@pytest.mark.parametrize("content", [b"", b"nothing\n", PAIR.pem.replace(b"\n", b"\r\n"), PAIR.pem + PAIR.key_pem])
def test_an_odd_file_is_told_with_its_own_name(content: bytes) -> None:
    for name in ("one.cer", "other.cer"):
        _, reading = read_once(content, name)
        assert {each.file for each in reading.findings} == {name}


def test_readings_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recurring, "_MOST_CERTIFICATES", 3)
    kept = recurring._Kept()
    for number in range(10):
        kept.keep(str(number), read(PAIR.pem + CA.pem, "x", CERTIFICATE))
        assert sum(len(each.certificates) for each in kept.readings.values()) <= 3
    kept.keep("large", Reading(read(PAIR.pem, "x", CERTIFICATE).certificates * 9))
    assert not kept.readings or list(kept.readings) == ["large"]
