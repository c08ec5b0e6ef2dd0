"""Renewals with keys that never leave their nodes: proved before anything is touched, or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mmpctl.audit.document import document
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.runbooks import audit, plan, stage
from mmpctl.times import now_utc
from tests.support.fleet import CLUSTER, accepted, nornir, renewed
from tests.support.lab import Lab
from tests.support.node_keys import signed, ties

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
    assert [note for note in ready.notes if "no TLS handshake could be tried here" in note and "and 6 more" in note]
    report = renewed(fleet, tmp_path, certificates=folder, keepers={})
    assert report.code == 0, report.clusters
    assert not [name for name in (*puts(fleet), *read(fleet)) if name.endswith(".key")]
    for node in document(audit.run(nornir(fleet)))["clusters"][0]["nodes"]:
        used = {one["file"]: one["severity"] for one in node["certificates"] if one["use"].startswith("database")}
        bases = {key.removesuffix(".key") for key in ties(folder, node["name"]).values()}
        assert {file.rsplit("-", 1)[0] for file in used} >= bases and {*used.values()} == {"ok"}
    assert planned(fleet, folder).verdict == "nothing to do"


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


def test_a_key_that_vanishes_after_the_plan_stops_the_run_before_the_first_step(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("due")
    folder = signed(fleet, tmp_path)

    def confirm(report: plan.PlanReport) -> plan.PlanReport:
        lost_key(fleet, folder)
        return report

    report = renewed(fleet, tmp_path, certificates=folder, keepers={}, confirm=confirm)
    outcome = report.clusters[0]
    assert (report.code, outcome.outcome) == (7, "stopped") and accepted(fleet) == []
    assert f"{NODE}: the key {ties(folder, NODE)['server.key']}" in (outcome.reason or "")


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
    assert stage.run(nornir(fleet), folder).code == 0
    seen = planned(fleet, folder)
    assert seen.verdict == verdict
    assert [text for text in (*seen.reasons, *seen.notes) if words in text and text.startswith(NODE)]


def test_the_verdict_is_asked_for_before_anything_is_touched(lab: Lab, tmp_path: Path) -> None:
    fault = Fault(NODE, "command", "refuse", match="pki match", text="ERROR: Key and certificate do not match", count=0)
    fleet = lab("due", faults=[fault])
    report = renewed(fleet, tmp_path, certificates=signed(fleet, tmp_path), keepers={})
    assert report.code == 7 and accepted(fleet) == []
    assert "`pki match` answers" in (report.clusters[0].reason or "")


def test_the_names_in_use_cannot_be_kept(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("due")
    seen = planned(fleet, signed(fleet, tmp_path), names="same")
    assert seen.verdict == "refused"
    assert [text for text in seen.reasons if "under a name of its own: use --names versioned" in text]
