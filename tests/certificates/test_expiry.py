"""When the first certificate that a node depends on expires."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.certificates.expiry import first_expiry
from mmpctl.certificates.loaded_set import load_set
from mmpctl.cluster.role import Role
from tests.support import pki
from tests.support.certificate_sets import load

CA = pki.authority(ends=900)
SERVER = CA.sign("cms1.example.com", usages=[pki.SERVER_AUTH], ends=300)
CLIENT = CA.sign("postgres", usages=[pki.CLIENT_AUTH], ends=400)
SHORT = pki.authority("Short CA", ends=200)
OTHER = pki.authority("Other CA", ends=100)

CASES = {
    "the server's own": (pki.files(CA, SERVER, CLIENT), SERVER),
    "the client's own": (pki.files(CA, client=CLIENT), CLIENT),
    "a CA that ends first": (pki.files(SHORT), SHORT),
    "a CA that nothing leans on": (
        pki.files(CA, SERVER, CLIENT) | {"ca.cer": CA.pem + OTHER.pem},
        SERVER,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_first_end_counts(tmp_path: Path, case: str) -> None:
    contents, first = CASES[case]
    assert first_expiry(load_set(load(tmp_path, contents))) == first.certificate.not_valid_after_utc


def test_a_client_node_has_no_server_pair(tmp_path: Path) -> None:
    contents = {name: data for name, data in pki.files(CA, SERVER, CLIENT).items() if not name.startswith("server")}
    assert first_expiry(load_set(load(tmp_path, contents, Role.CLIENT))) == CLIENT.certificate.not_valid_after_utc


def test_of_files_that_cannot_be_read_no_end_is_known(tmp_path: Path) -> None:
    contents = dict.fromkeys(pki.files(CA, SERVER, CLIENT), b"no certificate")
    assert first_expiry(load_set(load(tmp_path, contents))) is None
