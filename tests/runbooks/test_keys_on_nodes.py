"""Renewals with keys that never leave their nodes: proved before anything is touched, or refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmpctl.audit.document import document
from mmpctl.authority.profile import KeyKind
from mmpctl.cluster.step import Step
from mmpctl.display.events import Silent
from mmpctl.errors import MmpError
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.renewal.context import Watch
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.runbooks import audit, cleanup, csr, plan, resume, stage
from mmpctl.runbooks.renew import RenewReport
from mmpctl.runs.runs_folder import every
from mmpctl.times import now_utc
from tests.proof.boundaries import AFTER, BEFORE, Point, record_name
from tests.proof.death import Death, Mortal
from tests.support.command import Command
from tests.support.fleet import CLUSTER, LIMITS, accepted, nornir, renewed, resumed
from tests.support.follow import follow
from tests.support.lab import Lab
from tests.support.node_keys import answer, requested, signed, ties

NODE = "lon-2"


def planned(fleet: Fleet, folder: Path, **options: object) -> ClusterPlan:
    return plan.run(nornir(fleet), folder, clock=now_utc, **options).clusters[0]  # type: ignore[arg-type]


def puts(fleet: Fleet) -> list[str]:
    return [event.text for event in fleet.log.select("sftp-put")]


def read(fleet: Fleet) -> list[str]:
    return [event.text for event in fleet.log.select("sftp-get")]


def test_the_whole_way_no_key_leaves_its_node(lab: Lab, tmp_path: Path) -> None:
    """Databases and a client: requests on the nodes, a private CA, plan, renewal, check; an audit shows what is new."""
    fleet = lab("due")
    folder = signed(fleet, tmp_path)
    ready = planned(fleet, folder)
    assert (ready.verdict, ready.reasons) == ("ready", ())
    assert len([note for note in ready.notes if "handshake" in note]) == 1, "with the keys, and not for each file again"
    report = renewed(fleet, tmp_path, certificates=folder, keepers={})
    assert report.code == 0, report.clusters
    assert not [name for name in (*puts(fleet), *read(fleet)) if name.endswith(".key")]
    for node in document(audit.run(nornir(fleet)))["clusters"][0]["nodes"]:
        used = {one["file"]: one["severity"] for one in node["certificates"] if one["use"].startswith("database")}
        bases = {key.removesuffix(".key") for key in ties(folder, node["name"]).values()}
        assert {file.rsplit("-", 1)[0] for file in used} >= bases and {*used.values()} == {"ok"}
    assert planned(fleet, folder).verdict == "nothing to do"
    assert report.folder is not None
    request = json.loads((report.folder / "request.json").read_text())
    told = json.loads((report.folder / "report.json").read_text())["evidence"]["clusters"][0]
    for one, node in zip(request["clusters"][0]["nodes"], told["nodes"], strict=True):
        assert one["keys"].keys() == {*ties(folder, one["name"]).values()} and node["keys"] == one["keys"]
        assert not one["keys"].keys() & one["files"].keys()
    proofs = [one["evidence"]["keys"] for one in told["attempts"] if one["action"] == "upload"]
    assert {key["match"] for proof in proofs for key in proof.values()} == {True}
    assert "a key that never left the node" in (report.folder / "report.html").read_text()


def lost_key(fleet: Fleet, folder: Path) -> None:
    (fleet.nodes[NODE].files / ties(folder, NODE)["server.key"]).unlink()


def lost_request(fleet: Fleet, folder: Path) -> None:
    key = ties(folder, NODE)["server.key"]
    (fleet.nodes[NODE].files / key).with_suffix(".csr").unlink()


def damaged_request(fleet: Fleet, folder: Path) -> None:
    key = ties(folder, NODE)["client.key"]
    (fleet.nodes[NODE].files / key).with_suffix(".csr").write_bytes(b"-----BEGIN")


def made_again(fleet: Fleet, folder: Path) -> None:
    """Somebody types `pki csr` with the same name: the device may replace both files without a word."""
    key = ties(folder, NODE)["server.key"]
    other = ties(folder, "lon-3")["server.key"]
    for kind in (".key", ".csr"):
        there = (fleet.nodes["lon-3"].files / other).with_suffix(kind)
        (fleet.nodes[NODE].files / key).with_suffix(kind).write_bytes(there.read_bytes())


def of_another_node(fleet: Fleet, folder: Path) -> None:
    place = folder / CLUSTER
    (place / NODE / "request.json").write_bytes((place / "lon-3" / "request.json").read_bytes())


def another_answer(fleet: Fleet, folder: Path) -> None:
    place = folder / CLUSTER
    (place / NODE / "server.cer").write_bytes((place / "lon-3" / "server.cer").read_bytes())


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lost_key, "`pki list` does not show it"),
        (lost_request, "cannot be read there"),
        (damaged_request, "cannot be read there"),
        (made_again, "on the node has another public key"),
        (of_another_node, "is about keys on lon-3"),
        (another_answer, "is not the certificate for the key"),
    ],
)
def test_a_pair_that_is_not_proved_is_refused(
    lab: Lab, tmp_path: Path, spoil: Callable[[Fleet, Path], None], words: str
) -> None:
    fleet = lab("due")
    folder = signed(fleet, tmp_path)
    spoil(fleet, folder)
    report = renewed(fleet, tmp_path, certificates=folder, keepers={})
    assert report.code == 5 and report.run is None
    assert words in (report.clusters[0].reason or "")
    assert (accepted(fleet), puts(fleet)) == ([], [])


class Loses(Silent):
    """Takes a key away as soon as a step of its node has ended, and its file too."""

    def __init__(self, action: str, take_away: Callable[[], None]) -> None:
        self.action = action
        self.take_away = take_away

    def ends(self, unit: str, step: Step, error: MmpError | None) -> None:
        if (step.action, step.node) == (self.action, NODE):
            self.take_away()


@pytest.mark.parametrize("after", ["backup", "upload"])
def test_a_key_that_vanishes_after_the_plan_stops_the_run_before_a_node_leaves(
    lab: Lab, tmp_path: Path, after: str
) -> None:
    fleet = lab("due")
    folder = signed(fleet, tmp_path)
    loses = Loses(after, lambda: lost_key(fleet, folder))
    report = renewed(fleet, tmp_path, certificates=folder, keepers={}, progress=loses)
    outcome = report.clusters[0]
    assert (report.code, outcome.outcome) == (7, "stopped") and accepted(fleet) == []
    assert f"{NODE}: the key {ties(folder, NODE)['server.key']}" in (outcome.reason or "")
    again = resumed(fleet, report)
    assert again.code == 5 and accepted(fleet) == []


def test_a_key_that_vanishes_from_a_node_that_has_left_keeps_its_certificates_from_it(lab: Lab, tmp_path: Path) -> None:
    """The others stay as they are, and once the key is back, the run is finished."""
    fleet = lab("due", faults=[Fault(NODE, "command", "refuse", match="cluster certs", text="ERROR: not now")])
    folder = signed(fleet, tmp_path)
    report = renewed(fleet, tmp_path, certificates=folder, keepers={})
    assert report.clusters[0].outcome == "stopped"
    key = fleet.nodes[NODE].files / ties(folder, NODE)["server.key"]
    content = key.read_bytes()
    key.unlink()
    again = resumed(fleet, report)
    assert again.code == 7 and "`pki list` does not show it" in (again.clusters[0].reason or "")
    assert not [text for text in accepted(fleet) if "initialize" in text]
    key.write_bytes(content)
    assert resumed(fleet, report).code == 0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize(
    "point",
    [
        Point(record_name("intent", f"upload:{NODE}", None), AFTER),
        Point(record_name("outcome", f"upload:{NODE}", "done"), BEFORE),
        Point(record_name("intent", f"certs:{NODE}", None), AFTER),
    ],
    ids=str,
)
def test_a_run_that_died_around_an_upload_is_finished_from_another_folder(
    lab: Lab, tmp_path: Path, point: Point
) -> None:
    fleet = lab("due")
    folder = signed(fleet, tmp_path)
    dead = Mortal(point, fleet.folder / "lab.log")
    with pytest.raises(Death), dead.living():
        renewed(fleet, tmp_path, certificates=folder, keepers={})
    (run,) = every(tmp_path / "runs")
    moved = folder.rename(tmp_path / "moved")

    def again(certs: Path | None) -> RenewReport:
        return resume.run(nornir(fleet), run, certs=certs, watch=Watch(limits=LIMITS))

    assert again(None).code in (5, 7), "the folder is not where it was"
    path = moved / CLUSTER / NODE / "request.json"
    told = path.read_bytes()
    path.write_bytes(told.replace(b"dbserver", b"dbother"))
    other = again(moved)
    assert other.code != 0 and "not the" in (other.clusters[0].reason or "")
    path.write_bytes(told)
    assert again(moved).code == 0
    assert len(accepted(fleet)) == len(set(accepted(fleet)))
    assert not [name for name in (*puts(fleet), *read(fleet)) if name.endswith(".key")]


@pytest.mark.parametrize(
    "switches",
    [
        {"sessions": 1, "match_says": "other"},
        {"sftp_beside_shell": False, "match_says": "nothing", "csr_says": "nothing"},
        {"inspect_other": "error", "sftp_rename": True, "wrap": "always", "line_end": "\n"},
        {"channel_gap": 0.05, "unset": "absent", "unknown": frozenset({"date", "version", "user"})},
    ],
    ids=lambda switches: next(iter(switches)),
)
def test_whatever_nobody_has_seen_of_the_device_does_not_matter(
    lab: Lab, tmp_path: Path, switches: dict[str, Any]
) -> None:
    fleet = lab("expired", **switches)
    report = renewed(fleet, tmp_path, certificates=signed(fleet, tmp_path))
    assert report.code == 0, report.clusters
    assert not [name for name in (*puts(fleet), *read(fleet)) if name.endswith(".key")]


def test_keys_here_and_keys_on_nodes_go_together(lab: Lab, tmp_path: Path) -> None:
    """One node's keys lie here, another's client key alone, and all others never left their nodes."""
    fleet = lab("due")
    folder = requested(fleet, tmp_path / "new")
    one = nornir(fleet).filter(name="lon-3")
    assert csr.run(one, folder, confirm=lambda _: True, off_device=KeyKind.P256).code == 0
    answer(folder, tmp_path / "ca")
    place = folder / CLUSTER / NODE
    told = json.loads((place / "request.json").read_text())
    device = told["files"].pop("client.key")["device"]
    (place / "request.json").write_text(json.dumps(told))
    shutil.copyfile(fleet.nodes[NODE].files / device, place / "client.key")
    assert renewed(fleet, tmp_path, certificates=folder, keepers={}).code == 0
    sent = [(event.node, event.text) for event in fleet.log.select("sftp-put") if event.text.endswith(".key")]
    assert sorted((node, name[:8]) for node, name in sent) == [
        (NODE, "dbclient"),
        ("lon-3", "dbclient"),
        ("lon-3", "dbserver"),
    ]


@pytest.mark.parametrize(
    ("said", "verdict", "words"),
    [
        ("ERROR: Key and certificate do not match", "refused", "do not fit"),
        ("", "ready", "no plain verdict"),
        ("ERROR: entropy", "ready", "no plain verdict"),
        ("Unknown command 'pki match'", "ready", "no plain verdict"),
    ],
)
def test_the_nodes_own_verdict_counts_where_it_is_plain(
    lab: Lab, tmp_path: Path, said: str, verdict: str, words: str
) -> None:
    fault = Fault(NODE, "command", "refuse", match="pki match dbserver", text=said, count=0)
    fleet = lab("due", faults=[fault])
    folder = signed(fleet, tmp_path)
    staged = {node.name: node for node in stage.run(nornir(fleet), folder).clusters[0].nodes}
    assert {file.state.value for file in staged[NODE].files} == {"uploaded"} and staged["lon-3"].error is None
    assert (words in str(staged[NODE].error)) is (verdict == "refused")
    seen = planned(fleet, folder)
    assert seen.verdict == verdict
    assert [text for text in (*seen.reasons, *seen.notes) if words in text and text.startswith(NODE)]


def test_the_verdict_of_an_upload_stops_the_run_before_anything_is_touched(lab: Lab, tmp_path: Path) -> None:
    fault = Fault(NODE, "command", "refuse", match="pki match", text="ERROR: Key and certificate do not match", count=0)
    fleet = lab("due", faults=[fault])
    report = renewed(fleet, tmp_path, certificates=signed(fleet, tmp_path), keepers={})
    assert report.code == 7 and accepted(fleet) == []
    assert "`pki match` answers" in (report.clusters[0].reason or "")


def test_the_names_in_use_cannot_be_kept(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("due")
    seen = planned(fleet, signed(fleet, tmp_path), names="same")
    assert seen.verdict == "refused"
    assert [text for text in seen.reasons if "cannot be renamed on the node: use --names versioned" in text]


def test_a_line_that_ends_at_pki_match_gives_no_verdict(lab: Lab, tmp_path: Path) -> None:
    """Nobody knows what a release does with it: the request must prove the key."""
    fleet = lab("due", faults=[Fault(NODE, "command", "drop", match="pki match", count=0)])
    folder = signed(fleet, tmp_path)
    assert stage.run(nornir(fleet), folder).code == 0
    assert [note for note in planned(fleet, folder).notes if "no plain verdict" in note and note.startswith(NODE)]


def test_by_hand_the_keys_are_looked_for_and_not_sent(lab: Lab, tmp_path: Path, mmpctl: Command) -> None:
    """The procedure is typed as it is written."""
    fleet = lab("due")
    folder = signed(fleet, tmp_path)
    said = mmpctl("plan", "--by-hand", "--certs", folder, "-o", "json", fleet=fleet)
    assert said.code == 0
    procedure = said.document["clusters"][0]["by_hand"]
    key = ties(folder, NODE)["server.key"]
    typed = [one["line"] for step in procedure["steps"] for one in step["type"]]
    assert [line for line in typed if line.startswith(f"pki match {key} ")]
    assert not [line for line in typed if line.startswith("put") and ".key" in line]
    follow(fleet, procedure, tmp_path)
    assert planned(fleet, folder).verdict == "nothing to do"


def test_cleanup_keeps_what_waits_for_its_renewal(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("due")
    folder = signed(fleet, tmp_path)
    assert stage.run(nornir(fleet), folder).code == 0
    bases = [key.removesuffix(".key") for key in ties(folder, NODE).values()]

    def theirs() -> dict[str, str]:
        seen = cleanup.document(cleanup.run(nornir(fleet).filter(name=NODE)))["nodes"][0]["files"]
        return {one["file"]: one["state"] for one in seen if one["file"].startswith(tuple(bases))}

    assert len(theirs()) == 6 and {*theirs().values()} == {"open request"}
    assert renewed(fleet, tmp_path, certificates=folder, keepers={}).code == 0
    assert theirs() == {f"{base}.csr": "unused" for base in bases}
