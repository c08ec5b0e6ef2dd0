"""The files for a node are parsed once, whatever is asked of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.certificates import lenient
from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.expiry import first_expiry
from mmpctl.certificates.loaded_set import load_set
from mmpctl.certificates.new_set_checks import check_set
from tests.support import pki
from tests.support.certificate_sets import load


def test_no_certificate_is_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = load(tmp_path, pki.files(pki.authority()))
    parsed: list[bytes] = []
    real = lenient.any_certificate_of

    def counted(der: bytes) -> Certificate:
        parsed.append(der)
        return real(der)

    monkeypatch.setattr("mmpctl.certificates.read.any_certificate_of", counted)
    loaded = load_set(given)
    assert check_set(loaded, pki.NOW) == () and first_expiry(loaded) is not None
    assert len(parsed) == len(set(parsed)) == 3
