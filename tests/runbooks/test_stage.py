"""`stage`: new files on the nodes before the window, which a renewal then finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.runbooks import cleanup, plan, stage
from mmpctl.runbooks.stage import StageReport
from mmpctl.runs.lock import LockedError, locked
from mmpctl.times import now_utc
from tests.support import schemas
from tests.support.command import Command
from tests.support.fleet import accepted, nornir, renewed
from tests.support.lab import Lab
from tests.support.person import squeezed

STAGED = "already on lon-1, lon-2, lon-3, lon-4"


def staged(fleet: Fleet) -> StageReport:
    report = stage.run(nornir(fleet), fleet.certificates)
    schemas.check(stage.document(report))
    return report


def states(report: StageReport) -> dict[str, list[str]]:
    return {node.name: [file.state.value for file in node.files] for node in report.clusters[0].nodes}


def puts(fleet: Fleet) -> list[str]:
    return [f"{event.node} {event.text}" for event in fleet.log.select("sftp-put")]


def test_the_new_files_are_sent_once_and_no_run_begins(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired")
    before = {name: {path.name for path in node.files.iterdir()} for name, node in fleet.nodes.items()}
    report = staged(fleet)
    assert report.code == 0, "the keeper need not be known"
    assert states(report) == {f"lon-{n}": ["uploaded"] * (3 if n == 4 else 5) for n in (1, 2, 3, 4)}
    sent = puts(fleet)
    assert len(sent) == 18 and accepted(fleet) == []
    for name, node in fleet.nodes.items():
        new = {path.name for path in node.files.iterdir()} - before[name]
        given = {file.device for each in report.clusters[0].nodes if each.name == name for file in each.files}
        assert new == given, "no mark and nothing else"
    again = staged(fleet)
    assert {state for files in states(again).values() for state in files} == {"already there"}
    assert again.code == 0 and puts(fleet) == sent
    found = plan.run(nornir(fleet), fleet.certificates).clusters[0]
    assert [file.device for file in report.clusters[0].nodes[0].files] == [*found.goal.wanted["lon-1"].names.names()]


def test_plan_shows_what_is_staged(lab: Lab) -> None:
    fleet = lab("due")
    clusters = plan.run(nornir(fleet), fleet.certificates, clock=now_utc).clusters
    assert not [note for note in clusters[0].notes if STAGED in note]
    staged(fleet)
    clusters = plan.run(nornir(fleet), fleet.certificates, clock=now_utc).clusters
    assert [note for note in clusters[0].notes if STAGED in note]


def test_cleanup_takes_staged_files_for_what_they_are_the_ca_among_them(lab: Lab) -> None:
    fleet = lab("due")
    assert staged(fleet).code == 0
    seen = cleanup.document(cleanup.run(nornir(fleet)))["nodes"]
    kinds = {one["file"].partition("-")[0]: one["state"] for node in seen for one in node["files"]}
    assert {kinds[kind] for kind in ("dbserver", "dbclient", "dbca")} == {"staged"}


@pytest.mark.gate
def test_a_renewal_finds_the_files_and_sends_none(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("due")
    assert staged(fleet).code == 0
    sent = puts(fleet)
    report = renewed(fleet, tmp_path)
    assert report.code == 0
    assert puts(fleet) == sent
    seen = cleanup.document(cleanup.run(nornir(fleet)))["nodes"]
    unused = [one for node in seen for one in node["files"]]
    assert unused, "the old files"
    assert all(one["valid_until"] is None for one in unused), "none of the new files"


def test_a_line_that_drops_leaves_the_rest_to_the_next_time(lab: Lab) -> None:
    drops = [Fault("lon-2", "upload", "drop", nth=2, count=0)]
    fleet = lab("due", faults=drops)
    report = staged(fleet)
    assert report.code == 10
    assert states(report)["lon-2"] == ["uploaded", *["failed"] * 4]
    assert {*states(report)["lon-1"]} == {"uploaded"}
    assert stage.document(report)["clusters"][0]["nodes"][1]["error"]
    fleet.faults.clear()
    report = staged(fleet)
    assert report.code == 0
    assert states(report)["lon-2"] == ["already there", *["uploaded"] * 4]


def test_a_node_that_does_not_answer_holds_up_no_other(lab: Lab) -> None:
    fleet = lab("due")
    fleet.take_down("lon-3")
    report = staged(fleet)
    assert report.code == 10
    assert states(report) == {
        "lon-1": ["uploaded"] * 5,
        "lon-2": ["uploaded"] * 5,
        "lon-3": [],
        "lon-4": ["uploaded"] * 3,
    }


def test_another_file_of_the_new_name_is_not_overwritten(lab: Lab) -> None:
    fleet = lab("due")
    name = next(iter(plan.run(nornir(fleet), fleet.certificates, clock=now_utc).clusters[0].prepared.contents("lon-1")))
    (fleet.nodes["lon-1"].files / name).write_bytes(b"of somebody else")
    report = staged(fleet)
    assert report.code == 10 and states(report)["lon-1"] == ["failed", *["uploaded"] * 4]
    assert (fleet.nodes["lon-1"].files / name).read_bytes() == b"of somebody else"


def test_unfit_files_are_refused_and_nothing_is_sent(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("due")
    for place in fleet.certificates.rglob("client.cer"):
        place.write_bytes((place.parent / "server.cer").read_bytes() if (place.parent / "server.cer").exists() else b"")
    said = mmpctl("stage", "--certs", fleet.certificates, "-o", "json", fleet=fleet)
    assert said.code == 5 and puts(fleet) == []
    assert said.document["clusters"][0]["reasons"] and said.document["clusters"][0]["nodes"] == []


def test_a_run_of_this_machine_locks_the_cluster(lab: Lab) -> None:
    fleet = lab("due")
    host, port = fleet.address("lon-2")
    with locked([f"{host}:{port}"], {"pid": "4711"}), pytest.raises(LockedError):
        staged(fleet)
    assert puts(fleet) == []


def test_the_table_leads_to_the_plan(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("due")
    said = mmpctl("stage", "--certs", fleet.certificates, fleet=fleet)
    assert said.code == 0
    told = squeezed(said.out)
    assert "Thenewfilesareon4of4nodes" in told and "Next:mmpctlplan--clusterlon-prod--certs" in told
    assert mmpctl("stage", "--certs", fleet.certificates, "--host", "lon-1", fleet=fleet).code == 2


def test_a_dead_node_may_be_left_out_as_in_plan(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("due")
    fleet.take_down("lon-3")
    said = mmpctl("stage", "--certs", fleet.certificates, "--leave-out", "lon-3", "-o", "json", fleet=fleet)
    assert said.code == 0
    assert [node["name"] for node in said.document["clusters"][0]["nodes"]] == ["lon-1", "lon-2", "lon-4"]
    told = f"mmpctl plan --cluster lon-prod --certs {fleet.certificates} --inventory {fleet.inventory}"
    assert said.document["next"] == f"{told} --leave-out lon-3"
    assert mmpctl("stage", "--certs", fleet.certificates, "--leave-out", "lon-1", fleet=fleet).code == 2, "the master"
