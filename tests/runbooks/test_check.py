"""`check`: new certificates and requests, judged without a device and without a login."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from nornir.core import Nornir

from mmpctl.errors import UsageError
from mmpctl.inventory.load import load
from mmpctl.reports.issuing.check_table import check as check_table
from mmpctl.reports.output import render
from mmpctl.runbooks import check, sign
from mmpctl.runbooks.check import CheckReport
from mmpctl.signing.checked_files import CheckedNode, Given
from mmpctl.signing.sources import PrivateCa
from tests.support import inventories, pki, schemas
from tests.support.command import Command
from tests.support.person import squeezed
from tests.support.private_ca import PASSPHRASE, cheap_passphrases, make_ca
from tests.support.requests import lay_requests

ALPHA, BETA = pki.authority("Alpha CA"), pki.authority("Beta CA")
NODES = {"alpha": ("a-1", "a-2"), "beta": ("b-1", "b-2", "b-3")}


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    """Two clusters, and a node without one."""
    folder = tmp_path / "inventory"
    texts = {"hosts": inventories.HOSTS, "groups": inventories.GROUPS, "defaults": inventories.DEFAULTS}
    pki.write(folder, {f"{name}.yaml": text.encode() for name, text in texts.items()})
    return folder


@pytest.fixture
def nodes(inventory: Path) -> Nornir:
    return load(inventory)


@pytest.fixture
def certs(tmp_path: Path) -> Path:
    """Good files for all nodes."""
    folder = tmp_path / "new"
    for cluster, names in NODES.items():
        for name in names:
            pki.write(folder / cluster / name, pki.files({"alpha": ALPHA, "beta": BETA}[cluster]))
    return folder


def checked(nodes: Nornir, certs: Path, **options: Any) -> CheckReport:
    report = check.run(nodes, certs, **options)
    schemas.check(check.document(report))
    return report


def found(report: CheckReport) -> dict[str, set[str]]:
    """The ids of all findings, by node; nothing of a node that has none."""
    return {node.name: ids for node in report.nodes if (ids := {one.id for one in node.everything()})}


def test_good_files_of_all_nodes(nodes: Nornir, certs: Path) -> None:
    report = checked(nodes, certs)
    assert (report.code, found(report)) == (0, {})
    assert [cluster.name for cluster in report.clusters] == ["alpha", "beta"]
    assert report.left_out == ("edge",), "it has no database cluster"
    document = check.document(report)
    assert document["summary"] == {"nodes": 5, "fit": 5, "unfit": 0, "requests": 0, "left_out": ["edge"]}
    server, client, ca = document["clusters"][0]["nodes"][0]["files"]
    assert (server["use"], client["use"], ca["use"]) == ("database server", "database client", "database ca")
    assert client["subject"] == "C=IN, O=Glass, CN=postgres" and client["issuer"] == ca["subject"]
    assert len(document["clusters"][1]["nodes"][2]["files"]) == 2, "a client node needs no server pair"
    assert document["next"] == f"mmpctl plan --certs {certs}"


def spoilt() -> dict[str, tuple[dict[str, bytes], str]]:
    good = pki.files(ALPHA)
    return {
        "expired": (pki.files(ALPHA, server=ALPHA.sign("a-1", starts=-9, ends=-1)), "expired"),
        "another name": (pki.files(ALPHA, client=ALPHA.sign("postgrest")), "client-cn"),
        "another purpose": (pki.files(ALPHA, server=ALPHA.sign("a-1", usages=[pki.CLIENT_AUTH])), "eku"),
        "binary": (good | {"client.cer": ALPHA.sign("postgres").der}, "der"),
        "swapped keys": (good | {"server.key": good["client.key"], "client.key": good["server.key"]}, "swapped"),
        "empty": (good | {"ca.cer": b""}, "empty"),
        "another CA's chain": (good | {"ca.cer": BETA.pem}, "chain"),
    }


SPOILT = spoilt()


@pytest.mark.parametrize("case", SPOILT)
def test_one_bad_file_makes_its_node_unfit_and_no_other(nodes: Nornir, certs: Path, case: str) -> None:
    contents, id_ = SPOILT[case]
    pki.write(certs / "alpha" / "a-1", contents)
    report = checked(nodes, certs)
    assert report.code == 4
    assert id_ in found(report)["a-1"]
    assert [node.name for node in report.nodes if not node.fit] == ["a-1"]
    assert check.document(report)["next"] is None


def test_nodes_that_refuse_each_other_are_found_by_a_handshake(nodes: Nornir, certs: Path) -> None:
    pki.write(certs / "beta" / "b-3", pki.files(ALPHA))
    report = checked(nodes, certs)
    assert report.code == 4
    assert {name: "handshake" in ids for name, ids in found(report).items()} == dict.fromkeys(NODES["beta"], True)


@pytest.mark.parametrize("lost", ["ca.cer", "server.key"])
def test_a_missing_file_is_a_finding_of_its_node(nodes: Nornir, certs: Path, lost: str) -> None:
    (certs / "alpha" / "a-2" / lost).unlink()
    report = checked(nodes, certs)
    assert (report.code, found(report)) == (4, {"a-2": {"no-set"}})
    (told,) = report.nodes[1].everything()
    assert f"a-2 does not contain {lost}" in told.message


def test_a_folder_in_place_of_a_file(nodes: Nornir, certs: Path) -> None:
    (certs / "alpha" / "a-2" / "client.cer").unlink()
    (certs / "alpha" / "a-2" / "client.cer").mkdir()
    report = checked(nodes, certs)
    assert (report.code, found(report)) == (4, {"a-2": {"unreadable"}})


def test_a_file_that_others_can_change_is_not_relied_on(nodes: Nornir, certs: Path) -> None:
    (certs / "alpha" / "a-2" / "client.cer").chmod(0o666)
    report = checked(nodes, certs)
    assert (report.code, found(report)) == (4, {"a-2": {"no-set"}})


def test_nodes_may_share_their_files(nodes: Nornir, certs: Path) -> None:
    shutil.rmtree(certs / "alpha")
    pki.write(certs / "alpha", pki.files(ALPHA))
    report = checked(nodes, certs)
    assert (report.code, found(report)) == (0, {})
    pki.write(certs / "alpha", pki.files(ALPHA, client=ALPHA.sign("postgres", starts=-9, ends=-1)))
    report = checked(nodes, certs)
    assert found(report) == {"a-1": {"expired"}, "a-2": {"expired"}}


def test_a_dead_node_may_be_left_out(nodes: Nornir, certs: Path) -> None:
    shutil.rmtree(certs / "alpha" / "a-2")
    assert checked(nodes, certs).code == 4
    report = checked(nodes, certs, leave_out=frozenset({"a-2"}))
    assert (report.code, report.left_out) == (0, ("a-2", "edge"))
    with pytest.raises(UsageError, match="no such node"):
        checked(nodes, certs, leave_out=frozenset({"nobody"}))
    with pytest.raises(UsageError, match="it is the master of alpha"):
        checked(nodes, certs, leave_out=frozenset({"a-1"}))


def test_there_must_be_a_folder_and_a_cluster(nodes: Nornir, certs: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        checked(nodes, certs / "nothing")
    with pytest.raises(UsageError, match="belongs to a database cluster"):
        checked(nodes.filter(name="edge"), certs)


def test_what_is_found_can_be_sent_by_another_process(nodes: Nornir, certs: Path) -> None:
    pki.write(certs / "alpha" / "a-1", SPOILT["expired"][0])
    clusters = checked(nodes, certs).clusters
    assert pickle.loads(pickle.dumps(clusters)) == clusters  # noqa: S301 - our own


def test_several_processes_find_the_same(nodes: Nornir, certs: Path) -> None:
    pki.write(certs / "alpha" / "a-1", SPOILT["expired"][0])
    seen: list[CheckedNode] = []
    alone, shared = (checked(nodes, certs, processes=number, seen=seen.extend).clusters for number in (1, 2))
    assert alone == shared
    assert sorted(node.name for node in seen) == sorted(2 * [name for names in NODES.values() for name in names])


# Requests.


@pytest.fixture
def requests(tmp_path: Path) -> Path:
    """Requests of all nodes, and no certificates; those of alpha are of somebody else's making."""
    for cluster, names in NODES.items():
        for name in names:
            lay_requests(tmp_path / "new", name, cluster, database=name != "b-3", ties=cluster == "beta")
    return tmp_path / "new"


def test_requests_are_judged_before_they_go_to_a_ca(nodes: Nornir, requests: Path) -> None:
    report = checked(nodes, requests)
    assert (report.code, found(report)) == (0, {})
    assert {node.given for node in report.nodes} == {Given.REQUESTS}
    document = check.document(report)
    assert document["summary"]["requests"] == 5
    assert document["next"] == f"mmpctl sign {requests} --answers PATH"
    server, client = document["clusters"][0]["nodes"][0]["files"]
    assert (server["subject"], client["subject"], client["issuer"]) == ("CN=a-1.example.com", "CN=postgres", None)


def test_a_bad_request_is_found(nodes: Nornir, requests: Path) -> None:
    place = requests / "beta" / "b-1"
    (place / "client.csr").write_bytes(pki.request(pki.ec_key(), "postgrest").public_bytes(Encoding.PEM))
    (requests / "beta" / "b-2" / "server.csr").unlink()
    (requests / "alpha" / "a-1" / "client.csr").write_bytes(b"garbage")
    report = checked(nodes, requests)
    assert report.code == 4
    assert found(report) == {
        "b-1": {"request-cn", "request-other-key"},
        "b-2": {"request-missing"},
        "a-1": {"request-unreadable"},
    }


BROKEN = {
    "schema": 1,
    "node": "b-2",
    "cluster": "beta",
    "files": {
        "server.key": {"device": "../a.key", "public_key_sha256": "00"},
        "client.key": {"device": "dbclient-1.key"},
    },
}
ALL_WRONG = (
    "it is about keys on b-2 of beta, not on b-1 of beta",
    "'../a.key' cannot be the file of server.key",
    "'00' is not the SHA-256 of the public key of server.key",
    "it does not tell the file and the public key of client.key",
)


def test_all_that_is_wrong_with_a_request_json_is_told_beside_all_that_is_wrong_with_the_requests(
    nodes: Nornir, requests: Path
) -> None:
    place = requests / "beta" / "b-1"
    (place / "request.json").write_text(json.dumps(BROKEN), encoding="utf-8")
    (place / "client.csr").write_bytes(pki.request(pki.ec_key(), "postgrest").public_bytes(Encoding.PEM))
    report = checked(nodes, requests)
    assert (report.code, found(report)) == (4, {"b-1": {"request-cn", "request-unreadable"}})
    told = " ".join(one.message for one in report.nodes[2].everything())
    assert [words for words in ALL_WRONG if words not in told] == []


def test_a_request_beside_certificates_of_others_is_still_open(nodes: Nornir, certs: Path) -> None:
    shutil.rmtree(certs / "alpha" / "a-2")
    lay_requests(certs, "a-2", "alpha")
    report = checked(nodes, certs)
    assert (report.code, found(report)) == (4, {"a-2": {"request-open"}})
    assert f"`mmpctl sign {certs} --ca CADIR`" in next(report.nodes[1].everything()).cure


# Keys that never left their nodes.


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """A folder with an answer for each request."""
    for cluster, names in NODES.items():
        for name in names:
            lay_requests(tmp_path / "again", name, cluster, database=name != "b-3")
    with cheap_passphrases():
        make_ca(tmp_path / "ca")
        sign.run(tmp_path / "again", PrivateCa(tmp_path / "ca", PASSPHRASE))
    return tmp_path / "again"


def test_without_the_keys_what_the_certificates_tell_is_checked(nodes: Nornir, signed: Path) -> None:
    report = checked(nodes, signed)
    assert report.code == 0
    assert found(report) == {"a-1": {"untried"}, "b-1": {"untried"}}, "it is told once for each cluster"
    table = squeezed(render(check_table(check.document(report))))
    assert table.count("noTLShandshake") == 1 and "and1moreofthiskind(b-1)" in table, "and once for a person"
    assert squeezed(render(check_table(check.document(report), everything=True))).count("noTLShandshake") == 2


def test_a_broken_request_json_hides_nothing_that_is_wrong_with_the_certificates(nodes: Nornir, signed: Path) -> None:
    place = signed / "beta" / "b-1"
    (place / "request.json").write_text(json.dumps(BROKEN), encoding="utf-8")
    (place / "ca.cer").write_bytes(ALPHA.pem)
    (place / "client.cer").write_bytes(ALPHA.sign("postgres", ends=-0.5, usages=[pki.CLIENT_AUTH]).pem)
    report = checked(nodes, signed)
    assert (report.code, found(report)["b-1"]) == (4, {"no-set", "chain", "expired"})
    node = next(one for one in report.nodes if one.name == "b-1")
    assert [len(node.files), node.given] == [3, Given.CERTIFICATES]
    told = " ".join(one.message for one in node.everything())
    assert [words for words in ALL_WRONG if words not in told] == []
    cure = next(one.cure for one in node.everything() if one.id == "chain")
    assert cure.index("CAs in between") < cure.index("root"), "what is missing is most often one in between"


def test_an_answer_for_another_key_than_that_on_the_node_is_found(nodes: Nornir, signed: Path) -> None:
    own, other = signed / "alpha" / "a-1" / "server.cer", signed / "alpha" / "a-2" / "server.cer"
    own.write_bytes(other.read_bytes())
    report = checked(nodes, signed)
    assert (report.code, found(report)["a-1"]) == (4, {"other-request", "request-newer"})


def test_nodes_that_trust_other_cas_are_found_without_the_keys(nodes: Nornir, signed: Path) -> None:
    (signed / "alpha" / "a-2" / "ca.cer").write_bytes(ALPHA.pem)
    report = checked(nodes, signed)
    assert (report.code, found(report)["a-2"]) == (4, {"chain"})


# The command.


def test_the_command_needs_no_login(mmpctl: Command, inventory: Path, certs: Path) -> None:
    said = mmpctl("check", "--certs", certs, "-i", inventory, "-o", "json")
    assert (said.code, said.err) == (0, "")
    assert said.document["summary"]["fit"] == 5
    said = mmpctl("check", "--certs", certs, "-i", inventory)
    assert "5 of 5 nodes fit" in said.out and "edge was not checked" in said.out
    said = mmpctl("check", "--certs", certs, "-i", inventory, "--cluster", "beta")
    assert "3 of 3 nodes fit" in said.out
    assert f"mmpctl plan --cluster beta --certs {certs} --inventory {inventory}\n" in said.out
    assert f"mmpctl stage --cluster beta --certs {certs}" in said.out


def test_the_next_command_of_the_json_is_that_of_the_table(mmpctl: Command, inventory: Path, certs: Path) -> None:
    words = ("check", "--certs", certs, "-i", inventory, "--cluster", "alpha", "--leave-out", "a-2")
    command = mmpctl(*words, "-o", "json").document["next"]
    assert command == f"mmpctl plan --cluster alpha --certs {certs} --inventory {inventory} --leave-out a-2"
    shown = mmpctl(*words).out
    assert f"Next: {command}\n" in shown and f"or: {command.replace('plan', 'stage')}\n" in shown


def test_the_commands_on_the_way_go_on_with_the_inventory_that_was_given(
    mmpctl: Command, inventory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMP_CA_PASSPHRASE", PASSPHRASE)
    with cheap_passphrases():
        make_ca(tmp_path / "ca")
        words: tuple[str | Path, ...] = ("csr", "--to", "new", "--off-device", "--key", "p256", "-i", inventory)
        for then in ("sign new --answers PATH", "check --certs new --cluster alpha --cluster beta"):
            said = mmpctl(*words, "-o", "json")
            assert (said.code, said.document["next"]) == (0, f"mmpctl {then} --inventory {inventory}"), said
            words = ("sign", "new", "--ca", tmp_path / "ca", "-i", inventory)
        words = ("check", "--certs", "new", "-i", inventory)
        assert mmpctl(*words, "-o", "json").document["next"] == f"mmpctl plan --certs new --inventory {inventory}"


def test_the_command_tells_each_cause_once(mmpctl: Command, inventory: Path, certs: Path, tmp_path: Path) -> None:
    shutil.rmtree(certs / "alpha")
    pki.write(certs / "alpha", SPOILT["expired"][0])
    said = mmpctl("check", "--certs", certs, "-i", inventory, "--output-file", tmp_path / "said.txt")
    assert (said.code, said.out) == (4, "")
    told = " ".join((tmp_path / "said.txt").read_text(encoding="utf-8").split())
    assert "3 of 5 nodes fit" in told and "Next:" not in told
    assert told.count("expired on") == 1 and "a-1, a-2: " in told


def test_only_whole_clusters_are_checked(mmpctl: Command, inventory: Path, certs: Path) -> None:
    said = mmpctl("check", "--certs", certs, "-i", inventory, "--host", "a-1")
    assert said.code == 2 and "alpha without a-2" in said.err


def test_of_many_findings_that_are_alike_a_few_are_told(mmpctl: Command, inventory: Path, certs: Path) -> None:
    for cluster, names in NODES.items():
        for name in names:
            pki.write(certs / cluster / name, {"client.cer": b""})
    told = []
    for more in ((), ("--all",)):
        said = mmpctl("check", "--certs", certs, "-i", inventory, *more)
        assert said.code == 4
        told.append(" ".join(said.out.split()))
    assert [one.count("client.cer is empty") for one in told] == [3, 5]
    assert "and 2 more of this kind (b-2, b-3); --all shows them" in told[0]
