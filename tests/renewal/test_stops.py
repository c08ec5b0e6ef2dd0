"""What goes wrong on the way: the run stops, nothing is repeated, and the good copy is where the run says."""

from __future__ import annotations

from pathlib import Path

from mmpctl.cluster.step import Step
from mmpctl.display.events import Seen, Silent
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import FleetSpec, cluster
from mmpctl.renewal.limits import Limits
from mmpctl.renewal.stop import Stop
from tests.support import schemas
from tests.support.fleet import CLUSTER, KEEPER, renewed
from tests.support.lab import Lab


def accepted(fleet: Fleet) -> list[str]:
    return [f"{event.node} {event.text}" for event in fleet.log.select("accepted")]


def test_failed_backup_stops_before_the_first_remove(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault("lon-3", "download", "drop", match=".bak", count=0)])
    outcome = renewed(fleet, tmp_path).clusters[0]
    assert (outcome.outcome, outcome.code) == ("stopped", 6), outcome
    assert accepted(fleet) == []
    assert "The cluster is as it was" in "\n".join(outcome.advice)
    assert not list((tmp_path / "runs").glob("*/backups/lon-3/**/*.bak"))


def test_asked_to_stop_before_anything_was_begun(lab: Lab, tmp_path: Path) -> None:
    stop = Stop()
    fleet = lab("expired")
    stop.wish()
    report = renewed(fleet, tmp_path, stop=stop)
    outcome = report.clusters[0]
    assert (outcome.outcome, outcome.code, report.run) == ("not started", 6, None), outcome
    assert accepted(fleet) == []


class Stopping(Silent):
    """An operator who presses Ctrl-C as soon as the first step begins."""

    def __init__(self, stop: Stop) -> None:
        self.stop = stop

    def begins(self, cluster: str, step: Step) -> None:
        self.stop.wish()


def test_stop_between_waves_starts_nothing_more(lab: Lab, tmp_path: Path) -> None:
    stop = Stop()
    fleet = lab("expired")
    outcome = renewed(fleet, tmp_path, stop=stop, progress=Stopping(stop)).clusters[0]
    assert (outcome.outcome, outcome.code) == ("stopped", 6), outcome
    assert fleet.log.select("command", text="backup snapshot"), "what was under way is finished"
    assert accepted(fleet) == []


class Insisting(Silent):
    """An operator who presses Ctrl-C twice as soon as a node shows that it works."""

    def __init__(self, stop: Stop) -> None:
        self.stop = stop

    def saw(self, cluster: str, node: str, shown: Seen) -> None:
        self.stop.insist()


def test_who_insists_on_stopping_waits_for_no_operation(lab: Lab, tmp_path: Path) -> None:
    stop = Stop()
    fleet = lab("expired", faults=[Fault("lon-2", "operation", "hang", match="remove")])
    outcome = renewed(fleet, tmp_path, stop=stop, progress=Insisting(stop)).clusters[0]
    assert (outcome.outcome, outcome.code) == ("stopped", 6), outcome
    assert "not waited for any longer" in (outcome.reason or "")


def test_not_accepted_is_said_after_many_looks_only(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", stale_seconds=60.0)
    outcome = renewed(fleet, tmp_path, limits=Limits(operation=20, accept=0.5)).clusters[0]
    assert (outcome.outcome, outcome.code) == ("stopped", 6), outcome
    assert "was not accepted" in (outcome.reason or "")
    accepted_at = fleet.log.select("accepted", node="lon-2")[0].seq
    looks = [event for event in fleet.log.select("command", node="lon-2", text="status") if event.seq > accepted_at]
    assert len(looks) >= 3


def test_dead_slave_is_left_out(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault("lon-3", "connect", "refuse", count=0)])
    rows = fleet.nodes[KEEPER].rows
    report = renewed(fleet, tmp_path, leave_out=frozenset({"lon-3"}))
    assert (report.code, report.clusters[0].outcome) == (0, "renewed"), report
    assert fleet.nodes["lon-2"].rows == rows


def test_clusters_are_independent(lab: Lab, tmp_path: Path) -> None:
    other = cluster("osl-prod", "due", site="oslo", prefix="osl-", subnet="127.77.2")
    spec = FleetSpec((cluster(scenario="expired"), other))
    fleet = lab(spec, faults=[Fault("lon-2", "operation", "fail", match="remove")])
    report = renewed(fleet, tmp_path)
    assert report.code == 10
    assert {one.name: (one.outcome, one.code) for one in report.clusters} == {
        CLUSTER: ("stopped", 6),
        "osl-prod": ("renewed", 0),
    }


def test_the_run_folder_holds_the_evidence_and_no_secret(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired")
    report = renewed(fleet, tmp_path)
    folder = report.folder
    assert folder is not None and folder.stat().st_mode & 0o777 == 0o700
    records = schemas.journal(folder / "journal.jsonl")
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
    for number, record in enumerate(records):
        if record["event"] == "question":
            before = [r for r in records[:number] if r["step"] == record["step"] and r["event"] == "intent"]
            assert before, "the intention is on disk before the question is answered"
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    keys = [path.read_bytes().splitlines()[1] for path in fleet.certificates.rglob("*.key")]
    for path in files:
        if path.suffix not in (".bak",):
            content = path.read_bytes()
            assert fleet.password.encode() not in content, path
            assert not any(key in content for key in keys), path
    assert (folder / "transcripts" / "lon-2.txt").read_text().count("database cluster remove")
