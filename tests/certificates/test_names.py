from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from mmpctl.certificates.files import CertificateSet
from mmpctl.certificates.names import versioned_names
from mmpctl.cluster.role import Role
from tests.support import pki
from tests.support.certificate_sets import load

CA = pki.authority()
PAIRS = [CA.sign("cms1", ends=30 * number) for number in range(1, 4)]
BASE = re.compile(r"db(server|client|ca)-\d{8}-[0-9a-f]{8}\.(cer|key)")


def test_the_name_tells_the_day_and_key_and_certificate_share_it(tmp_path: Path) -> None:
    server = CA.sign("cms1", ends=100)
    names = versioned_names(load(tmp_path, pki.files(CA, server=server)))
    day = f"{server.certificate.not_valid_after_utc:%Y%m%d}"
    assert re.fullmatch(rf"dbserver-{day}-[0-9a-f]{{8}}\.cer", names.server_certificate or "")
    assert (names.server_key or "").removesuffix(".key") == (names.server_certificate or "").removesuffix(".cer")
    assert (names.client_key or "").startswith("dbclient-")
    assert (names.ca_certificate or "").startswith("dbca-")
    assert len(set(names.names())) == 5


def test_a_client_node_has_three_names_and_they_are_those_of_the_other_nodes(tmp_path: Path) -> None:
    contents = pki.files(CA)
    whole = versioned_names(load(tmp_path, contents))
    client = versioned_names(load(tmp_path, contents, Role.CLIENT))
    assert client.names() == whole.names()[2:]


def test_a_chain_is_named_by_the_day_on_which_it_breaks(tmp_path: Path) -> None:
    between = CA.sign("Between", ca=True, ends=50)
    server = between.sign("cms1", ends=40)
    late = pki.files(CA, server=server) | {"server.cer": server.pem + between.pem}
    early = CA.sign("Early", ca=True, ends=10)
    both = pki.files(CA, server=server) | {"server.cer": server.pem + early.pem}
    for contents, last in ((late, server), (both, early)):
        names = versioned_names(load(tmp_path, contents))
        assert f"-{last.certificate.not_valid_after_utc:%Y%m%d}-" in (names.server_certificate or "")


def loaded(numbers: tuple[int, int, int]) -> CertificateSet:
    certificate, key, ca = numbers
    contents = pki.files(CA, client=PAIRS[0]) | {
        "server.cer": PAIRS[certificate].pem,
        "server.key": PAIRS[key].key_pem,
        "ca.cer": CA.pem * (ca + 1),
    }
    with TemporaryDirectory() as folder:
        return load(Path(folder), contents)


CHOICE = st.tuples(*[st.integers(0, 2)] * 3)


@given(CHOICE, CHOICE)
def test_same_content_same_name_other_content_other_name(
    one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    first, second = versioned_names(loaded(one)), versioned_names(loaded(other))
    assert all(BASE.fullmatch(name) for name in (*first.names(), *second.names()))
    assert first == versioned_names(loaded(one))
    assert first.client_certificate == second.client_certificate
    # A key alone can change too: its name must not stay.
    assert (first.server_key == second.server_key) == (one[:2] == other[:2])
    assert (first.server_certificate == second.server_certificate) == (one[:2] == other[:2])
    assert (first.ca_certificate == second.ca_certificate) == (one[2] == other[2])
