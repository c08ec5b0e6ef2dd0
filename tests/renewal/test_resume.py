"""An interrupted run is finished: the journal and the devices together say what is left."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from mmpctl.errors import RefusedError
from mmpctl.lab.fault import Fault, When
from mmpctl.lab.scenario import FleetSpec, cluster
from mmpctl.renewal.cluster_lock import lock_cluster
from mmpctl.renewal.context import Watch
from mmpctl.renewal.limits import Limits
from mmpctl.runbooks import resume, runs
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import JournalError
from mmpctl.times import now_utc
from tests.support import schemas
from tests.support.fleet import CLUSTER, DATABASES, KEEPER, LIMITS, accepted, nornir, renewed, resumed
from tests.support.lab import Lab


@pytest.mark.parametrize(
    "fault",
    [
        Fault("lon-2", "question", "drop", match="join"),
        Fault("lon-4", "question", "drop", match="connect"),
    ],
    ids=lambda fault: f"{fault.node} {fault.when} {fault.kind} {fault.match}",
)
def test_a_run_that_stopped_is_finished(lab: Lab, tmp_path: Path, fault: Fault) -> None:
    fleet = lab("expired", faults=[fault])
    rows = fleet.nodes[KEEPER].rows
    stopped = renewed(fleet, tmp_path)
    assert stopped.clusters[0].outcome == "stopped", stopped
    fleet.faults.clear()

    report = resumed(fleet, stopped)

    assert (report.code, report.clusters[0].outcome, report.run) == (0, "renewed", stopped.run), report
    assert {name: fleet.nodes[name].rows for name in DATABASES} == dict.fromkeys(DATABASES, rows)
    assert len([text for text in accepted(fleet) if "initialize" in text]) == 1
    assert resumed(fleet, stopped).clusters[0].outcome == "nothing to do"


def test_an_operation_that_ended_meanwhile_is_not_repeated(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", remove_seconds=1.0)
    stopped = renewed(fleet, tmp_path, limits=Limits(operation=0.2, accept=0.1))
    assert (stopped.clusters[0].outcome, stopped.code) == ("stopped", 7), stopped
    report = resumed(fleet, stopped)
    assert report.code == 0, report
    assert len(accepted(fleet)) == len(set(accepted(fleet)))


def test_a_new_renewal_offers_to_resume(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault("lon-2", "command", "drop", match="remove")])
    stopped = renewed(fleet, tmp_path)
    again = renewed(fleet, tmp_path)
    assert (again.code, again.run) == (5, None)
    assert f"mmpctl resume {stopped.run}" in (again.clusters[0].reason or "")
    assert stopped.run is not None
    runs.close(tmp_path / "runs", stopped.run, "done by hand", now_utc)
    assert renewed(fleet, tmp_path).code == 0


def everything_in(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


@pytest.mark.parametrize("fault", [("remove", "command"), ("join", "question")], ids=lambda fault: fault[0])
@pytest.mark.parametrize("way", ["not confirmed", "asked to stop"])
def test_a_resume_that_nobody_confirms_leaves_the_run_as_it_was(
    lab: Lab, tmp_path: Path, fault: tuple[str, When], way: str
) -> None:
    fleet = lab("expired", faults=[Fault("lon-2", fault[1], "drop", match=fault[0])])
    stopped = renewed(fleet, tmp_path)
    assert stopped.folder is not None
    assert stopped.clusters[0].outcome == "stopped", stopped
    # A line that a power loss has cut stays, too: it is told again when the run is resumed.
    journal = stopped.folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes() + b'{"seq"')
    fleet.faults.clear()
    before, done = everything_in(stopped.folder), len(accepted(fleet))
    watch = Watch(limits=LIMITS)
    if way == "asked to stop":
        watch.stop.wish()
    report = resume.run(nornir(fleet), RunFolder(stopped.folder), watch=watch, confirm=lambda _: False)
    assert report.code == (6 if way == "asked to stop" else 5), report
    assert way == "asked to stop" or report.clusters[0].reason == "You did not say yes. Nothing was changed."
    assert everything_in(stopped.folder) == before
    assert len(accepted(fleet)) == done
    assert "Stopped" in (stopped.folder / "report.html").read_text(encoding="utf-8")
    assert resumed(fleet, stopped).code == 0


def test_a_cluster_that_stops_at_the_look_leaves_nothing_while_the_others_are_declined(
    lab: Lab, tmp_path: Path
) -> None:
    other = cluster("osl-prod", "due", site="oslo", prefix="osl-", subnet="127.77.2", slaves=1, clients=0)
    spec = FleetSpec((cluster(scenario="due", slaves=1, clients=0), other))
    fleet = lab(
        spec,
        faults=[Fault(node, "command", "refuse", match="certs", text="ERROR: not now") for node in ("lon-2", "osl-2")],
    )
    stopped = renewed(fleet, tmp_path, keepers={})
    assert {one.outcome for one in stopped.clusters} == {"stopped"} and stopped.folder is not None
    fleet.faults.clear()
    right = fleet.nodes["lon-2"].switches
    fleet.nodes["lon-2"].switches = replace(right, clock_offset=-86400.0 * 400)
    kept = stopped.folder / f"by-hand-{CLUSTER}.txt"
    kept.write_bytes(b"the steps that an earlier stop left")
    before = everything_in(stopped.folder)

    for yes in (False, True):
        report = resume.run(
            nornir(fleet),
            RunFolder(stopped.folder),
            watch=Watch(limits=LIMITS),
            confirm=partial(lambda answer, _: answer, yes),
        )
        halted, osl = report.clusters
        assert (halted.outcome, osl.outcome) == ("stopped", "renewed" if yes else "refused"), report
        assert halted.by_hand is not None and str(kept) in halted.advice[-1]
        assert (everything_in(stopped.folder) == before) is not yes
    assert kept.read_text("utf-8").startswith(f"BY HAND: the renewal of {CLUSTER}")


def test_a_changed_journal_is_refused(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault("lon-2", "command", "drop", match="remove")])
    stopped = renewed(fleet, tmp_path)
    assert stopped.folder is not None
    journal = stopped.folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"lon-1", b"lon-2", 1))
    heard = len(fleet.log)
    with pytest.raises(JournalError, match="line 1"):
        resumed(fleet, stopped)
    assert len(fleet.log) == heard


@pytest.mark.parametrize("change", [{"keeper": "lon-2"}, {"keeper_address": "127.77.1.12"}])
def test_a_changed_request_is_refused(lab: Lab, tmp_path: Path, change: dict[str, str]) -> None:
    fleet = lab("expired", faults=[Fault("lon-2", "command", "drop", match="remove")])
    stopped = renewed(fleet, tmp_path)
    assert stopped.folder is not None
    request = stopped.folder / "request.json"
    text = request.read_text()
    content = schemas.read(request)
    content["clusters"][0] |= change
    request.write_text(json.dumps(content))
    heard = len(fleet.log)
    with pytest.raises(RefusedError, match=r"request\.json is not the request that the run began with"):
        resumed(fleet, stopped)
    assert len(fleet.log) == heard
    request.write_text(text)
    assert resumed(fleet, stopped).code == 0


def test_an_address_that_was_changed_since_is_told(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault("lon-2", "command", "drop", match="certs")])
    stopped = renewed(fleet, tmp_path)
    hosts = fleet.inventory / "hosts.yaml"
    hosts.write_text(hosts.read_text().replace("127.77.1.13", "127.77.1.99"))
    report = resumed(fleet, stopped, limits=replace(LIMITS, settle=0.3))
    assert any("says db_address 127.77.1.99 of lon-3, it was 127.77.1.13" in line for line in report.clusters[0].found)
    assert report.code == 8 and "lacks" in (report.clusters[0].reason or "")


def test_other_certificates_are_refused(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault(KEEPER, "command", "drop", match="remove")])
    stopped = renewed(fleet, tmp_path)
    moved = tmp_path / "moved"
    shutil.copytree(fleet.certificates, moved)
    folder = moved / CLUSTER
    for kind in ("key", "cer"):
        shutil.copy(folder / "lon-3" / f"server.{kind}", folder / "lon-2" / f"server.{kind}")
    done = len(accepted(fleet))
    refused = resumed(fleet, stopped, certs=moved)
    assert (refused.code, refused.clusters[0].outcome) == (5, "refused"), refused
    assert "lon-2" in (refused.clusters[0].reason or "")
    assert len(accepted(fleet)) == done
    assert resumed(fleet, stopped).code == 0


def test_another_inventory_is_refused(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault(KEEPER, "command", "drop", match="remove")])
    stopped = renewed(fleet, tmp_path)
    hosts = fleet.inventory / "hosts.yaml"
    text = hosts.read_text()
    before, _, after = text.partition("lon-3:")
    hosts.write_text(f"{before}lon-3:{after.replace('role: slave', 'role: client', 1)}")
    with pytest.raises(RefusedError, match="lon-3: role"):
        resumed(fleet, stopped)
    hosts.write_text(text)
    assert resumed(fleet, stopped).code == 0


def test_a_step_that_was_done_by_hand_is_found(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(
        "expired", faults=[Fault("lon-4", "question", "extra", text="All data will be destroyed.", match="connect")]
    )
    stopped = renewed(fleet, tmp_path)
    assert stopped.code == 7, stopped
    fleet.faults.clear()
    hand = nornir(fleet)
    hand.inventory.hosts["lon-4"].get_connection("netmiko", hand.config).ask(
        f"database cluster connect {fleet.nodes[KEEPER].address}", "connect", client=True
    )
    hand.close_connections()
    report = resumed(fleet, stopped)
    assert (report.code, report.clusters[0].outcome) == (0, "renewed"), report
    assert len([text for text in accepted(fleet) if "connect" in text]) == 1


def test_a_run_at_work_locks_its_cluster(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired")
    with lock_cluster(nornir(fleet), CLUSTER, Watch()):
        report = renewed(fleet, tmp_path)
    assert (report.code, report.run, report.clusters[0].outcome) == (9, None, "not started"), report
    told = report.clusters[0].reason or ""
    assert "another run is working on" in told and f"pid {os.getpid()}" in told and "since" in told
    assert len(fleet.log) == 0


def test_an_initialize_that_was_lost_is_repeated_by_a_person_alone(lab: Lab, tmp_path: Path) -> None:
    reboot = Fault(KEEPER, "operation", "reboot", match="initialize", seconds=0.1, ends="lost")
    fleet = lab("expired", faults=[reboot])
    rows = fleet.nodes[KEEPER].rows
    stopped = renewed(fleet, tmp_path, limits=Limits(operation=20, accept=0.3, between_looks=0.05))
    assert (stopped.code, stopped.clusters[0].outcome) == (7, "stopped"), stopped
    hand = nornir(fleet)
    hand.inventory.hosts[KEEPER].get_connection("netmiko", hand.config).ask("database cluster initialize", "initialize")
    hand.close_connections()
    report = resumed(fleet, stopped)
    assert (report.code, report.clusters[0].outcome) == (0, "renewed"), report
    assert {fleet.nodes[name].rows for name in DATABASES} == {rows}


def test_a_part_of_a_backup_never_passes_for_the_whole(lab: Lab, tmp_path: Path) -> None:
    full = Fault("lon-3", "command", "refuse", match="backup snapshot", text="ERROR: No space left", count=0)
    fleet = lab("expired", faults=[full])
    stopped = renewed(fleet, tmp_path)
    assert (stopped.code, stopped.clusters[0].outcome) == (6, "stopped")
    (fleet.nodes["lon-3"].files / f"pre-{stopped.run}.bak").write_bytes(b"the first part of it")

    again = resumed(fleet, stopped)
    assert (again.code, again.clusters[0].outcome, accepted(fleet)) == (6, "stopped", []), again

    fleet.faults.clear()
    assert resumed(fleet, stopped).code == 0
    assert stopped.folder is not None
    homes = [path.name for path in (stopped.folder / "backups" / "lon-3").rglob("*.bak")]
    assert homes == [f"pre-{stopped.run}-3.bak"]


def test_a_backup_at_home_that_was_changed_is_no_backup(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault("lon-2", "question", "drop", match="join")])
    stopped = renewed(fleet, tmp_path)
    fleet.faults.clear()
    assert stopped.folder is not None
    (home,) = (stopped.folder / "backups" / "lon-2").rglob("*.bak")
    home.write_bytes(bytes(home.stat().st_size))
    before = accepted(fleet)

    report = resumed(fleet, stopped)

    assert (report.code, report.clusters[0].outcome) == (7, "stopped"), report
    assert "is no longer the file that was fetched from lon-2" in (report.clusters[0].reason or "")
    assert accepted(fleet) == before


def test_the_keeper_is_backed_up_anew_where_its_initialize_is_still_to_come(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault("lon-2", "command", "refuse", match="certs", text="ERROR: not now")])
    stopped = renewed(fleet, tmp_path)
    assert stopped.clusters[0].outcome == "stopped" and stopped.folder is not None
    fleet.write(KEEPER, "a change of the days between")
    fleet.faults.clear()

    assert resumed(fleet, stopped).code == 0

    homes = sorted(path.name for path in (stopped.folder / "backups" / KEEPER).rglob("*-again*.bak"))
    assert homes == [f"pre-{stopped.run}-again-2.bak", f"pre-{stopped.run}-again.bak"]
    (last,) = (stopped.folder / "backups" / KEEPER).rglob("*-again-2.bak")
    assert b"a change of the days between" in last.read_bytes()


def test_a_clock_that_went_wrong_meanwhile_is_set_right_first(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault("lon-2", "command", "refuse", match="certs", text="ERROR: not now")])
    stopped = renewed(fleet, tmp_path)
    fleet.faults.clear()
    right = fleet.nodes["lon-3"].switches
    fleet.nodes["lon-3"].switches = replace(right, clock_offset=-86400.0 * 400)
    before = accepted(fleet)

    report = resumed(fleet, stopped)

    (one,) = report.clusters
    assert (report.code, one.outcome, accepted(fleet)) == (7, "stopped", before), report
    assert "lon-3's clock shows" in (one.reason or "") and one.by_hand is not None
    fleet.nodes["lon-3"].switches = right
    assert resumed(fleet, stopped).code == 0


def test_a_run_whose_check_failed_is_not_well_for_being_resumed(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", nodes={"lon-2": {"restart_seconds": 3600.0}})
    failed = renewed(fleet, tmp_path, limits=replace(LIMITS, settle=0.3))
    assert (failed.code, failed.clusters[0].outcome) == (8, "failed"), failed
    assert failed.folder is not None
    told = (failed.folder / "report.json").read_bytes()

    report = resumed(fleet, failed)

    assert (report.code, report.clusters[0].outcome) == (8, "failed"), report
    assert (failed.folder / "report.json").read_bytes() == told


def test_a_run_with_a_damaged_journal_can_be_closed(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault("lon-2", "command", "drop", match="remove")])
    stopped = renewed(fleet, tmp_path)
    assert stopped.folder is not None and stopped.run is not None
    journal = stopped.folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"lon-2", b"lon-9", 1))
    fleet.faults.clear()
    assert renewed(fleet, tmp_path).code == 5
    assert runs.close(tmp_path / "runs", stopped.run, "looked at by hand", now_utc)["state"] == "closed"
    assert [one["state"] for one in runs.run(tmp_path / "runs")["runs"]] == ["closed"]
    assert renewed(fleet, tmp_path).code == 0
