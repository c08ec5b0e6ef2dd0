"""Requests made on the nodes: under fresh names, fetched, checked, laid down whole; the keys never leave the nodes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mmpctl.authority.profile import KeyKind
from mmpctl.certificates.signing_request import read_request
from mmpctl.errors import InventoryError, UsageError
from mmpctl.lab.fault import Fault, When
from mmpctl.lab.fleet import Fleet
from mmpctl.runbooks import csr
from mmpctl.runs.lock import LockedError
from mmpctl.signing.request_folder import prepared
from mmpctl.signing.requests import requests_in
from mmpctl.signing.requests_made import CsrReport
from mmpctl.times import now_utc
from tests.support import schemas
from tests.support.command import Command
from tests.support.fleet import CLUSTER, nornir
from tests.support.lab import Lab

BASE = re.compile(r"db(server|client)-\d{8}-[0-9a-f]{4}\.key")
NODE = "lon-2"


def asked(
    fleet: Fleet, folder: Path, *nodes: str, pki: Mapping[str, Any] | None = None, more: bool = False, **options: Any
) -> CsrReport:
    """Make requests for some nodes of the lab."""
    nr = nornir(fleet)
    if pki is not None:
        nr.inventory.defaults.data["pki"] = pki
    chosen = nr.filter(filter_func=lambda host: not nodes or host.name in nodes)
    report = csr.run(chosen, folder, confirm=lambda _: more, **options)
    schemas.check(csr.document(report), "csr")
    return report


def lines(fleet: Fleet, node: str = NODE) -> list[str]:
    """The commands that made something on a node."""
    return [one.text for one in fleet.log.select("command") if one.node == node and one.text.startswith("pki csr")]


def test_each_node_makes_its_requests_and_keeps_its_keys(lab: Lab, tmp_path: Path) -> None:
    fleet, folder = lab(), tmp_path / "requests"
    report = asked(fleet, folder, pki={"O": "Example & Sons Ltd", "C": "GB", "subjectAltName": ["db.example.com"]})
    assert report.code == 0
    found = {one.node: one for one in requests_in(folder)}
    assert {name: set(one.requests) for name, one in found.items()} == {
        **{f"lon-{number}": {"server", "client"} for number in (1, 2, 3)},
        "lon-4": {"client"},
    }
    assert not [one for each in found.values() for one in each.findings]
    server, client = found[NODE].requests["server"], found[NODE].requests["client"]
    assert server.common_names == (NODE,) and client.common_names == ("postgres",)
    assert "Example & Sons Ltd" in server.subject and server.names is not None and client.names is None
    ties = schemas.check(json.loads((folder / CLUSTER / NODE / "request.json").read_text()), "file-node-request")
    assert (ties["node"], ties["cluster"], set(ties["files"])) == (NODE, CLUSTER, {"server.key", "client.key"})
    for tie in ties["files"].values():
        assert BASE.fullmatch(tie["device"]) and (fleet.nodes[NODE].files / tie["device"]).is_file()
    assert not [one for one in fleet.log.select("sftp-get") if not one.text.endswith(".csr")], "no key was fetched"
    assert not list(folder.rglob("*.key")) and not list(folder.glob(".*"))


def test_a_name_on_the_node_is_never_used_again(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = lab()
    drawn = iter(["aaaa", "bbbb", "cccc", "cccc", "dddd"])
    monkeypatch.setattr("mmpctl.tasks._fresh_base.secrets.token_hex", lambda _: next(drawn))
    files = fleet.nodes[NODE].files
    day = f"{now_utc():%Y%m%d}"
    (files / f"dbserver-{day}-aaaa.cer").write_bytes(b"a")
    (files / f"DBSERVER-{day}-BBBB.pem").write_bytes(b"b")
    report = asked(fleet, tmp_path / "requests", NODE)
    assert [one["device_key"] for one in report.nodes[0].requests] == [
        f"dbserver-{day}-cccc.key",
        f"dbclient-{day}-cccc.key",
    ]


@pytest.mark.parametrize(("when", "commands"), [("command", 3), ("output", 2)])
def test_a_lost_line_is_followed_by_a_look(lab: Lab, tmp_path: Path, when: When, commands: int) -> None:
    """What was made is used; what was not is made under another name; no command is sent twice."""
    fleet = lab(faults=[Fault(NODE, when, "drop", match="pki csr dbserver")])
    report = asked(fleet, tmp_path / "requests", NODE)
    assert report.code == 0
    sent = lines(fleet)
    assert len(sent) == len(set(sent)) == commands
    assert any("the line was lost" in note for note in report.nodes[0].notes)
    made = report.nodes[0].requests[0]["device_key"]
    assert made is not None and made.removesuffix(".key") in sent[-2]


def test_a_line_that_is_lost_again_ends_it_for_this_node_alone(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(faults=[Fault(NODE, "command", "drop", match="pki csr dbclient", count=2)])
    report = asked(fleet, tmp_path / "requests", NODE, "lon-3")
    assert report.code == 10
    failed = next(one for one in report.nodes if one.node.name == NODE)
    assert failed.error is not None and failed.error.code == "request-not-made"
    assert not (tmp_path / "requests" / CLUSTER / NODE).exists(), "the folder appears only complete"
    assert (tmp_path / "requests" / CLUSTER / "lon-3" / "request.json").is_file()


def test_a_request_half_fetched_is_fetched_again(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(faults=[Fault(NODE, "download", "cut", match=".csr")])
    assert asked(fleet, tmp_path / "requests", NODE).code == 0
    assert len(lines(fleet)) == 2


def test_a_request_that_arrives_damaged_is_of_no_use(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(faults=[Fault(NODE, "download", "flip", match=".csr", count=0)])
    report = asked(fleet, tmp_path / "requests", NODE)
    assert report.code == 4 and report.nodes[0].error is not None
    assert not (tmp_path / "requests" / CLUSTER).exists()


def test_success_without_a_word_is_seen_and_told(lab: Lab, tmp_path: Path) -> None:
    report = asked(lab(csr_says="nothing"), tmp_path / "requests", NODE)
    assert report.code == 0
    assert "answered 'nothing'" in report.nodes[0].notes[0]


def test_a_node_that_lists_no_such_file_has_made_none(lab: Lab, tmp_path: Path) -> None:
    """The answer is told as it came."""
    fault = Fault(NODE, "command", "refuse", match="pki csr", text="Entropy is being gathered")
    report = asked(lab(faults=[fault]), tmp_path / "requests", NODE)
    error = report.nodes[0].error
    assert error is not None and error.code == "request-not-made"
    assert "Entropy is being gathered" in error.message and "does not list" in error.message


def test_a_refused_field_is_told_with_its_cure(lab: Lab, tmp_path: Path) -> None:
    report = asked(lab(csr_locality=False), tmp_path / "requests", NODE, pki={"L": "London"})
    error = report.nodes[0].error
    assert report.code == 4 and error is not None and "has no L" in error.advice


def test_umlauts_are_not_sent_and_are_taken_here(lab: Lab, tmp_path: Path) -> None:
    fleet, pki = lab(), {"O": "Müller AG"}
    report = asked(fleet, tmp_path / "requests", NODE, pki=pki)
    error = report.nodes[0].error
    assert error is not None and "'ü'" in error.message and "--off-device" in error.advice
    assert lines(fleet) == []
    report = asked(fleet, tmp_path / "here", NODE, pki=pki, off_device=KeyKind.P256)
    assert "Müller AG" in report.nodes[0].requests[0]["subject"]


def test_off_device_touches_no_node(lab: Lab, tmp_path: Path) -> None:
    fleet, folder = lab(), tmp_path / "requests"
    report = asked(fleet, folder, off_device=KeyKind.P256)
    assert report.code == 0 and fleet.log.select("command", "sftp-get") == []
    place = folder / CLUSTER / NODE
    assert {path.name for path in place.iterdir()} == {"server.key", "server.csr", "client.key", "client.csr"}
    assert (place / "server.key").stat().st_mode & 0o777 == 0o600
    assert read_request((place / "server.csr").read_bytes()).is_signed
    assert {one["device_key"] for node in report.nodes for one in node.requests} == {None}
    assert asked(fleet, folder, off_device=KeyKind.P256).code == 5


def test_earlier_requests_are_told_and_kept(lab: Lab, tmp_path: Path) -> None:
    fleet, folder = lab(), tmp_path / "requests"
    first = asked(fleet, folder, NODE)
    keys = {one["device_key"] for one in first.nodes[0].requests}
    before = (folder / CLUSTER / NODE / "request.json").read_bytes()
    for place in (folder, tmp_path / "another"):
        again = asked(fleet, place, NODE)
        assert (again.code, again.declined) == (5, True)
        assert set(again.nodes[0].unused) == keys
    assert len(lines(fleet)) == 2
    third = asked(fleet, folder, NODE, more=True)
    assert third.code == 0
    kept = next(folder.glob(f".before-*/{CLUSTER}/{NODE}/request.json"))
    assert kept.read_bytes() == before and kept.parent == third.nodes[0].kept
    assert len(requests_in(folder)) == 1, "what was kept is no node"


def test_requests_that_lie_on_the_node_unused_are_taken_if_they_ask_for_the_same(lab: Lab, tmp_path: Path) -> None:
    """As after a death between the key and the folder: one key is there, or both, or some for another subject."""
    fleet = lab(faults=[Fault(NODE, "command", "drop", match="pki csr dbclient", count=2)])
    assert asked(fleet, tmp_path / "requests", NODE).code == 4
    (key,) = [one for one in (fleet.nodes[NODE].files).iterdir() if BASE.fullmatch(one.name)]
    before = lines(fleet)
    report = asked(fleet, tmp_path / "requests", NODE, more=True, take_open=True)
    server, client = report.nodes[0].requests
    assert server["device_key"] == key.name and len(lines(fleet)) == len(before) + 1
    assert any(f"{key.name} was made earlier" in note for note in report.nodes[0].notes)
    again = asked(fleet, tmp_path / "another", NODE, more=True, take_open=True)
    assert [one["device_key"] for one in again.nodes[0].requests] == [key.name, client["device_key"]]
    assert len(lines(fleet)) == len(before) + 1 and again.nodes[0].unused == ()
    other = asked(fleet, tmp_path / "third", NODE, pki={"O": "Example"}, more=True, take_open=True)
    assert len(lines(fleet)) == len(before) + 3
    assert set(other.nodes[0].unused) == {key.name, client["device_key"]}
    assert any("is of no use here" in note for note in other.nodes[0].notes)


def test_a_key_with_a_certificate_is_not_open(lab: Lab, tmp_path: Path) -> None:
    fleet = lab()
    made = asked(fleet, tmp_path / "requests", NODE)
    for one in made.nodes[0].requests:
        assert one["device_key"] is not None
        base = one["device_key"].removesuffix(".key")
        (fleet.nodes[NODE].files / f"{base}-1a2b3c4d.cer").write_bytes(b"a certificate")
    assert asked(fleet, tmp_path / "another", NODE).code == 0


def test_a_full_disk_is_told_and_leaves_no_half(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mmpctl.signing.request_folder.write_private", full)
    report = asked(lab(), tmp_path / "requests", NODE)
    assert report.code == 4 and "No space left" in str(report.nodes[0].error)
    assert list((tmp_path / "requests").iterdir()) == []


def test_two_processes_do_not_make_requests_in_one_folder_and_a_dead_ones_half_goes(lab: Lab, tmp_path: Path) -> None:
    fleet, folder = lab(), tmp_path / "requests"
    with prepared(folder):
        (folder / ".draft-of-the-dead" / CLUSTER).mkdir(parents=True)
        with pytest.raises(LockedError, match="another process works on the requests"):
            asked(fleet, folder, NODE)
    assert lines(fleet) == []
    assert asked(fleet, folder, NODE, off_device=KeyKind.P256).code == 0
    assert [one.name for one in folder.iterdir()] == [CLUSTER]


def test_a_selection_without_databases_is_an_error(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="belongs to a database cluster"):
        asked(lab(), tmp_path / "requests", "nobody")


def test_wrong_fields_of_a_script_are_told_before_any_node_is_asked(lab: Lab, tmp_path: Path) -> None:
    fleet = lab()
    with pytest.raises(InventoryError, match="is not a country"):
        asked(fleet, tmp_path / "requests", pki={"C": "GBR"})
    assert fleet.log.select("command") == []


def test_the_command_asks_nobody_without_a_terminal(lab: Lab, mmpctl: Command, tmp_path: Path) -> None:
    fleet = lab()
    command = ("csr", "--to", tmp_path / "requests", "--host", NODE)
    first = mmpctl(*command, "-o", "json", fleet=fleet)
    assert first.code == 0 and first.document["next"].startswith("mmpctl sign ")
    refused = mmpctl(*command, "-o", "json", fleet=fleet)
    assert refused.code == 5 and "not used yet" in refused.document["reason"]
    assert mmpctl(*command, "--yes", fleet=fleet).code == 0
    table = mmpctl(*command, "--again", fleet=fleet)
    assert table.code == 0 and "CN=postgres" in table.out and "nothing uses them yet" in " ".join(table.out.split())


def test_the_same_command_makes_what_is_missing_and_nothing_twice(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(faults=[Fault(NODE, "command", "drop", match="pki csr dbclient", count=2)])
    folder = tmp_path / "requests"
    assert asked(fleet, folder).code == 10
    kept = {path: path.read_bytes() for path in folder.rglob("*.csr")}
    sent = {name: len(lines(fleet, name)) for name in ("lon-1", "lon-3", "lon-4")}
    (key,) = [one.name for one in fleet.nodes[NODE].files.iterdir() if BASE.fullmatch(one.name)]
    again = asked(fleet, folder)
    assert (again.code, again.declined) == (0, False)
    assert {name: len(lines(fleet, name)) for name in sent} == sent
    assert all(path.read_bytes() == content for path, content in kept.items())
    (made,) = [one for one in again.nodes if one.requests]
    assert made.node.name == NODE and made.requests[0]["device_key"] == key
    assert asked(fleet, folder).code == 5


def test_a_refusal_names_the_nodes_that_have_none(lab: Lab, tmp_path: Path) -> None:
    fleet = lab()
    assert asked(fleet, tmp_path / "requests", NODE).code == 0
    refused = asked(fleet, tmp_path / "another", NODE, "lon-3")
    assert refused.code == 5 and "--host lon-3" in (refused.reason or "")
    assert "--answers PATH" in (refused.reason or "") and list(tmp_path.glob("another/*")) == []


def test_a_kind_of_key_for_the_nodes_is_a_usage_error(lab: Lab, mmpctl: Command, tmp_path: Path) -> None:
    said = mmpctl("csr", "--to", tmp_path / "r", "--key", "p256", "-i", lab().inventory)
    assert said.code == 2 and "--off-device" in said.err and not (tmp_path / "r").exists()


@pytest.mark.parametrize("there", ["deep", "deep/er"])
def test_a_folder_that_was_made_in_vain_goes_and_no_other(
    lab: Lab, mmpctl: Command, tmp_path: Path, there: str
) -> None:
    (tmp_path / there).mkdir(parents=True, exist_ok=True)
    (tmp_path / there).chmod(0o777)
    said = mmpctl("csr", "--to", tmp_path / "deep" / "er" / "r", "--off-device", "-i", lab().inventory)
    assert said.code == 2 and "everybody may write" in said.err
    left = [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*")) if "deep" in path.parts]
    assert left == [one for one in ("deep", "deep/er") if there.startswith(one)]


def test_what_was_put_into_a_folder_stays_if_the_rest_fails(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    with pytest.raises(UsageError), prepared(folder):
        (folder / "cms1").mkdir()
        raise UsageError("the disk is full")
    assert (folder / "cms1").is_dir()
    with pytest.raises(UsageError), prepared(folder):
        shutil.rmtree(folder / "cms1")
        raise UsageError("the disk is full")
    assert folder.is_dir(), "it was there before"


def test_the_next_command_names_the_inventory(lab: Lab, mmpctl: Command, tmp_path: Path) -> None:
    inventory = lab().inventory
    said = mmpctl("csr", "--to", tmp_path / "r", "--off-device", "--key", "p256", "-i", inventory)
    assert f"--answers PATH --inventory {inventory}" in said.out


def test_the_command_makes_keys_here_without_a_login(lab: Lab, mmpctl: Command, tmp_path: Path) -> None:
    said = mmpctl("csr", "--to", tmp_path / "r", "--off-device", "--key", "p256", "-o", "json", "-i", lab().inventory)
    assert said.code == 0 and len(said.document["nodes"]) == 4
    assert mmpctl("csr", "--to", tmp_path / "r", "--off-device", "--key", "md5", "-i", "x").code == 2
