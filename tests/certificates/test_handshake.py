from __future__ import annotations

import ssl
import tempfile
from pathlib import Path
from typing import Any

import pytest

from mmpctl.certificates import handshake as handshake_module
from mmpctl.certificates.files import CertificateSet
from mmpctl.certificates.handshake import check_cluster, handshake
from mmpctl.certificates.source_file import SourceFile
from mmpctl.cluster.role import Role
from mmpctl.findings.finding import Finding
from tests.support import pki
from tests.support.bad_sets import BAD
from tests.support.certificate_sets import load, useful

CA = pki.authority()
OTHER = pki.authority("Another CA")


def told(found: tuple[Finding, ...]) -> list[tuple[str, str]]:
    for each in found:
        useful(each)
    return [(each.id, Path(each.file).name) for each in found]


def test_a_good_set_shakes_hands_with_itself(tmp_path: Path) -> None:
    given = load(tmp_path, pki.files(CA))
    assert handshake(given, given) == ()


def test_two_nodes_of_one_ca(tmp_path: Path) -> None:
    one, other = load(tmp_path / "1", pki.files(CA)), load(tmp_path / "2", pki.files(CA))
    assert handshake(one, other) == ()
    assert handshake(other, one) == ()


def test_a_chain_through_a_ca_in_between(tmp_path: Path) -> None:
    between = CA.sign("Between", ca=True)
    server, client = between.sign("cms1"), between.sign("postgres")
    contents = pki.files(CA, server, client)
    whole = contents | {"server.cer": server.pem + between.pem, "client.cer": client.pem + between.pem}
    assert handshake(load(tmp_path / "sent", whole), load(tmp_path / "sent", whole)) == ()
    trusted = contents | {"ca.cer": between.pem + CA.pem}
    assert handshake(load(tmp_path / "ca", trusted), load(tmp_path / "ca", trusted)) == ()
    # The root missing: a CA in between is no anchor, as in PostgreSQL's verify-ca.
    bare = load(tmp_path / "bare", contents | {"ca.cer": between.pem})
    assert told(handshake(bare, bare)) == [("handshake", "server.cer")]


@pytest.mark.parametrize("case", BAD)
def test_a_bad_set_fails_and_the_reason_is_plain(tmp_path: Path, case: str) -> None:
    contents, file, words = BAD[case]
    given = load(tmp_path, contents)
    found = handshake(given, given)
    assert told(found) == [("handshake", file)]
    assert words in found[0].message
    assert found[0].refuses


def test_a_client_node_cannot_be_the_server(tmp_path: Path) -> None:
    client = load(tmp_path, pki.files(CA), Role.CLIENT)
    with pytest.raises(ValueError, match="server pair"):
        handshake(client, client)


def test_files_that_changed_since_are_proved_as_they_were_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    given = load(tmp_path / "set", pki.files(CA))
    (tmp_path / "set" / "server.key").write_bytes(b"changed")
    (tmp_path / "set" / "client.key").unlink()
    assert handshake(given, given) == ()
    assert list(private.iterdir()) == []


def cluster(folder: Path, *authorities: pki.Pair) -> dict[str, CertificateSet]:
    return {
        f"cms{number}": load(folder / str(number), pki.files(authority))
        for number, authority in enumerate(authorities, 1)
    }


def test_a_cluster_of_one_ca_and_a_client_node(tmp_path: Path) -> None:
    sets = cluster(tmp_path, CA, CA, CA)
    sets["edge"] = load(tmp_path / "edge", pki.files(CA), Role.CLIENT)
    assert check_cluster(sets) == ()
    assert check_cluster({}) == ()


def test_each_file_is_loaded_once_however_many_nodes_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    real = handshake_module._load

    def load_and_note(context: ssl.SSLContext, key: SourceFile, shown: SourceFile, ca: SourceFile) -> Any:
        loaded.append(str(shown.path))
        return real(context, key, shown, ca)

    monkeypatch.setattr(handshake_module, "_load", load_and_note)
    assert check_cluster(cluster(tmp_path, CA, CA, CA, CA)) == ()
    assert len(loaded) == len(set(loaded)) == 8


def test_another_ca_in_a_cluster_is_told_with_each_connection_that_fails(tmp_path: Path) -> None:
    found = check_cluster(cluster(tmp_path, CA, CA, OTHER))
    assert (found[0].id, found[0].severity, found[0].file) == ("ca-differs", "note", str(tmp_path / "3" / "ca.cer"))
    failed = {each.file for each in found[1:]}
    assert {each.id for each in found[1:]} == {"handshake"}
    assert {str(tmp_path / str(number) / "server.cer") for number in (1, 2, 3)} == failed


def test_a_client_node_of_another_ca_is_told(tmp_path: Path) -> None:
    sets = cluster(tmp_path, CA, CA)
    trusting = pki.files(OTHER) | {"ca.cer": CA.pem + OTHER.pem}
    sets["edge"] = load(tmp_path / "edge", trusting, Role.CLIENT)
    found = check_cluster(sets)
    assert [each.id for each in found] == ["ca-differs", "handshake", "handshake"]
    assert {each.file for each in found[1:]} == {str(tmp_path / "edge" / "client.cer")}


def test_two_cas_that_each_node_trusts_are_only_a_note(tmp_path: Path) -> None:
    one = load(tmp_path / "1", pki.files(CA) | {"ca.cer": CA.pem + OTHER.pem})
    other = load(tmp_path / "2", pki.files(OTHER) | {"ca.cer": OTHER.pem + CA.pem})
    found = check_cluster({"cms1": one, "cms2": other})
    assert [(each.id, each.refuses) for each in found] == [("ca-differs", False)]
