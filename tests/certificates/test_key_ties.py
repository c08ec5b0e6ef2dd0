"""Sets whose keys are on their node: found, named and judged by the public keys that `request.json` tells."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mmpctl.certificates.files import CertificateSet, find
from mmpctl.certificates.handshake import check_cluster, handshake
from mmpctl.certificates.key_ties import KeyTie
from mmpctl.certificates.loaded_set import load_set
from mmpctl.certificates.names import sent_files, versioned_names
from mmpctl.certificates.new_set_checks import check_set
from mmpctl.cluster.role import Role
from mmpctl.errors import RefusedError
from tests.support import pki
from tests.support.bad_sets import BAD
from tests.support.certificate_sets import key_digest, load, on_node, useful

CA = pki.authority()
GOOD = pki.files(CA)
BOTH = ("server.key", "client.key")
# What only a key that lies here can be wrong in.
OF_KEYS = ("other key", "protected key")


def placed(tmp_path: Path, contents: dict[str, bytes] = GOOD, *keys: str, node: str = "cms1") -> CertificateSet:
    on_node(tmp_path / "alpha" / node, contents, *(keys or BOTH), node=node)
    return find(tmp_path, "alpha", node, Role.MASTER)


def judged(given: CertificateSet) -> list[tuple[str, str]]:
    found = (*check_set(load_set(given), pki.NOW), *check_cluster({"cms1": given}))
    for each in found:
        useful(each)
    return [(each.id, Path(each.file).name) for each in found if each.refuses]


def refused(tmp_path: Path, role: Role = Role.MASTER) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        find(tmp_path, "alpha", "cms1", role)
    return caught.value


def test_a_set_is_complete_without_the_keys_that_are_on_the_node(tmp_path: Path) -> None:
    given = placed(tmp_path)
    assert [file.name for file in given.files()] == ["server.cer", "client.cer", "ca.cer"]
    assert given.keys_on_node() == {
        "dbserver-20261124-ab12.key": key_digest(GOOD["server.key"]),
        "dbclient-20261124-ab12.key": key_digest(GOOD["client.key"]),
    }
    assert judged(given) == []


def test_one_key_may_lie_here_and_the_other_on_the_node(tmp_path: Path) -> None:
    given = placed(tmp_path, GOOD, "client.key")
    assert [file.name for file in given.files()] == ["server.key", "server.cer", "client.cer", "ca.cer"]
    assert [*given.keys_on_node()] == ["dbclient-20261124-ab12.key"]
    assert judged(given) == []


def test_a_key_that_lies_here_counts(tmp_path: Path) -> None:
    folder = on_node(tmp_path / "alpha" / "cms1", GOOD, *BOTH)
    (folder / "server.key").write_bytes(GOOD["server.key"])
    assert [*find(tmp_path, "alpha", "cms1", Role.MASTER).keys_on_node()] == ["dbclient-20261124-ab12.key"]


def test_the_names_come_from_the_key_and_no_key_is_sent(tmp_path: Path) -> None:
    given = placed(tmp_path)
    names = versioned_names(given)
    for key, certificate in (
        (names.server_key, names.server_certificate),
        (names.client_key, names.client_certificate),
    ):
        assert key is not None and certificate is not None
        base, digits = certificate.removesuffix(".cer").rsplit("-", 1)
        assert key == f"{base}.key" and len(digits) == 8
    sent = sent_files(names, given)
    assert {file.name: name for name, file in sent.items()} == {
        "server.cer": names.server_certificate,
        "client.cer": names.client_certificate,
        "ca.cer": names.ca_certificate,
    }
    assert len(set(names.names())) == 5
    other = placed(tmp_path / "other", pki.files(CA), "client.key")
    assert versioned_names(other).client_certificate != names.client_certificate, "another certificate, another name"


def test_a_client_node_needs_the_tie_of_its_client_key_alone(tmp_path: Path) -> None:
    contents = {name: GOOD[name] for name in ("client.key", "client.cer", "ca.cer")}
    on_node(tmp_path / "alpha" / "cms1", contents, "client.key")
    given = find(tmp_path, "alpha", "cms1", Role.CLIENT)
    assert given.server_key is None and isinstance(given.client_key, KeyTie)
    told = refused(tmp_path)
    assert told.message.endswith("does not contain server.key, server.cer") and "mmpctl csr" in told.advice


@pytest.mark.parametrize(("missing", "command"), [("server.cer", "mmpctl sign"), ("ca.cer", "mmpctl sign")])
def test_a_half_filled_folder_leads_to_the_command_that_completes_it(
    tmp_path: Path, missing: str, command: str
) -> None:
    (on_node(tmp_path / "alpha" / "cms1", GOOD, *BOTH) / missing).unlink()
    told = refused(tmp_path)
    assert told.message == f"{tmp_path / 'alpha' / 'cms1'} does not contain {missing}" and command in told.advice


def test_requests_alone_wait_for_their_certificates(tmp_path: Path) -> None:
    folder = tmp_path / "alpha" / "cms1"
    on_node(folder, {name: GOOD[name] for name in BOTH}, *BOTH)
    told = refused(tmp_path)
    assert told.message.endswith("does not contain server.cer, client.cer, ca.cer")
    assert f"mmpctl sign {tmp_path}" in told.advice
    pki.write(tmp_path, GOOD)
    assert refused(tmp_path).message == told.message, "folders are not mixed"


def test_a_request_whose_key_is_elsewhere_is_no_certificate(tmp_path: Path) -> None:
    folder = pki.write(tmp_path / "alpha" / "cms1", {"server.csr": b"", "client.csr": b""})
    told = refused(tmp_path)
    assert told.message.startswith(f"{folder} does not contain server.key") and "mmpctl csr" in told.advice
    pki.write(tmp_path / "alpha", GOOD)
    assert find(tmp_path, "alpha", "cms1", Role.MASTER).folder == tmp_path / "alpha"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda told: told | {"node": "cms2"}, "about keys on cms2 of alpha, not on cms1 of alpha"),
        (lambda told: told | {"cluster": "beta"}, "about keys on cms1 of beta"),
        (lambda told: told | {"files": {}}, "does not contain server.key, client.key"),
        (
            lambda told: told | {"files": {"server.key": {"device": "a.key"}}},
            "the file and the public key of server.key",
        ),
        (
            lambda told: told | {"files": {"server.key": told["files"]["server.key"] | {"device": "../a.key"}}},
            "cannot be the file of server.key",
        ),
        (
            lambda told: told | {"files": {"server.key": {"device": "a.key", "public_key_sha256": "00"}}},
            "is not the SHA-256 of the public key of server.key",
        ),
        (lambda told: told | {"node": "cms1\nerror: all is well"}, "it names no node and cluster"),
        (lambda told: told | {"files": {"x\ny": {}}}, "it is no request.json"),
        (
            lambda told: told | {"files": dict.fromkeys(told["files"], told["files"]["server.key"])},
            "it tells the same file for two keys",
        ),
        (lambda told: told | {"schema": 2}, "it is of the schema 2, and this release of mmpctl knows 1 only"),
        (lambda _: [], "it is no request.json"),
    ],
)
def test_what_request_json_tells_must_be_about_this_node(
    tmp_path: Path, change: Callable[[dict[str, object]], object], words: str
) -> None:
    path = on_node(tmp_path / "alpha" / "cms1", GOOD, *BOTH) / "request.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    told = refused(tmp_path)
    assert words in told.message and told.node == "cms1" and told.advice


def test_others_must_not_be_able_to_change_it(tmp_path: Path) -> None:
    (on_node(tmp_path / "alpha" / "cms1", GOOD, *BOTH) / "request.json").chmod(0o666)
    assert "everybody may write" in refused(tmp_path).message


def test_an_answer_to_another_request_is_unfit(tmp_path: Path) -> None:
    given = placed(tmp_path, GOOD | {"server.cer": CA.sign("cms1").pem})
    assert judged(given) == [("other-request", "server.cer")]


def test_answers_that_were_exchanged_are_told_as_such(tmp_path: Path) -> None:
    swapped = GOOD | {"server.cer": GOOD["client.cer"], "client.cer": GOOD["server.cer"]}
    assert ("swapped", "server.cer") in judged(placed(tmp_path, swapped))
    alike = pki.files(CA, CA.sign("cms1"), CA.sign("cms2"))
    exchanged = alike | {"server.cer": alike["client.cer"], "client.cer": alike["server.cer"]}
    assert ("swapped", "server.cer") in judged(placed(tmp_path / "alike", exchanged))


@pytest.mark.parametrize("case", [case for case in BAD if case not in OF_KEYS])
def test_what_a_handshake_would_refuse_is_refused_without_one(tmp_path: Path, case: str) -> None:
    """No check is loosened where the key is not here: each bad set of the handshake's own tests is unfit."""
    contents, file, _ = BAD[case]
    assert file in [name for _, name in judged(placed(tmp_path, contents))]


SHORT = CA.sign("Short", ca=True, path_length=0)
LOW = SHORT.sign("Low", ca=True)
LONE = CA.sign("Lone", ca=True, usages=[pki.CLIENT_AUTH])


@pytest.mark.parametrize(("above", "found"), [((LOW, SHORT), "too-long"), ((LONE,), "ca-eku"), ((SHORT,), None)])
def test_what_only_openssl_knows_of_the_cas_is_looked_at_too(
    tmp_path: Path, above: tuple[pki.Pair, ...], found: str | None
) -> None:
    """The handshake itself is the measure: it refuses the same chains with the keys at hand."""
    server = above[0].sign("cms1")
    contents = pki.files(CA, server=server) | {"server.cer": b"".join(each.pem for each in (server, *above))}
    here = load(tmp_path / "here", contents)
    assert bool(handshake(here, here)) is (found is not None)
    assert judged(placed(tmp_path, contents)) == ([(found, "server.cer")] if found else [])


def test_each_node_trusts_the_others_certificates_or_it_is_told(tmp_path: Path) -> None:
    other = pki.authority("Another CA")
    sets = {"cms1": placed(tmp_path), "cms2": placed(tmp_path, pki.files(other), node="cms2")}
    told = [(each.id, Path(each.file).parent.name) for each in check_cluster(sets) if each.refuses]
    assert sorted(told) == [("chain", "cms1")] * 2 + [("chain", "cms2")] * 2


def test_it_is_told_once_that_no_handshake_could_be_tried(tmp_path: Path) -> None:
    sets = {"cms1": placed(tmp_path), "cms2": placed(tmp_path, GOOD, "client.key", node="cms2")}
    (note,) = [each for each in check_cluster(sets) if not each.refuses]
    assert note.id == "untried" and "cms1" in note.file and "and 2 more" in note.message
    here = load(tmp_path / "here", GOOD)
    assert check_cluster({"cms1": here}) == ()
