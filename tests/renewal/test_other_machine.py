"""Two machines on one cluster: the other one's lock and journal cannot be seen, its backups on the nodes can."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mmpctl.cluster.step import Step
from mmpctl.display.events import Silent
from mmpctl.lab.build import new_certificates
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.renewal.context import Watch
from mmpctl.runbooks import resume
from mmpctl.runbooks.renew import RenewReport
from mmpctl.runs.folder import RunFolder
from mmpctl.times import now_utc
from tests.support.command import Command
from tests.support.fleet import CLUSTER, KEEPER, LIMITS, nornir, renewed
from tests.support.lab import Lab

NO_CERTS = Fault("lon-2", "command", "refuse", match="certs", text="ERROR: Not now.")
NO_BACKUP = Fault("lon-3", "download", "drop", match=".bak", count=2)


class Machine:
    """A machine with its own locks and its own folder of runs."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._patch = patch

    def renews(self, fleet: Fleet, **options: object) -> RenewReport:
        self._patch.setenv("XDG_STATE_HOME", str(self.folder / "state"))
        return renewed(fleet, self.folder, **options)


@pytest.fixture
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Machine, Machine]:
    return Machine(tmp_path / "here", monkeypatch), Machine(tmp_path / "there", monkeypatch)


def told(report: RenewReport) -> str:
    (outcome,) = report.clusters
    assert (report.code, report.run, outcome.outcome) == (5, None, "refused"), report
    return outcome.reason or ""


def heard(fleet: Fleet) -> int:
    return len(fleet.log.select("question", "accepted", "sftp-put", "sftp-remove")) + len(
        fleet.log.select("command", text="backup snapshot")
    )


def test_a_cluster_that_another_machine_took_apart_is_left_alone(lab: Lab, machines: tuple[Machine, Machine]) -> None:
    here, there = machines
    fleet = lab("expired", faults=[NO_CERTS])
    stopped = there.renews(fleet)
    assert (stopped.code, stopped.clusters[0].outcome) == (6, "stopped"), stopped
    before = heard(fleet)
    reason = told(here.renews(fleet))
    assert heard(fleet) == before
    assert not (here.folder / "runs").exists()
    for words in (
        f"{stopped.run} is not known here",
        "lon-1, lon-2, lon-3, lon-4",
        "out of the cluster",
        f"`mmpctl resume {stopped.run}`",
        f"--other-run {stopped.run}",
    ):
        assert words in reason, reason
    # Known here, it is resumed here; by a name that is not that run's, nothing is gained.
    assert "is not known here" in told(here.renews(fleet, other_runs=frozenset({"20260101-000000-0000"})))
    rows = fleet.nodes[KEEPER].rows
    done = here.renews(fleet, other_runs=frozenset({stopped.run or ""}))
    assert (done.code, done.clusters[0].outcome) == (0, "renewed"), done
    assert fleet.nodes[KEEPER].rows == fleet.nodes["lon-2"].rows == rows


def test_a_run_that_has_only_made_its_backups_is_seen(lab: Lab, machines: tuple[Machine, Machine]) -> None:
    here, there = machines
    fleet = lab("due", faults=[NO_BACKUP])
    stopped = there.renews(fleet, keepers={})
    assert stopped.code == 6, stopped
    assert f"{stopped.run} is not known here" in (reason := told(here.renews(fleet, keepers={}))), reason
    assert "less than a day ago" in reason


def test_where_the_command_is_not_known_the_files_tell(lab: Lab, machines: tuple[Machine, Machine]) -> None:
    here, there = machines
    fleet = lab(
        "due", faults=[NO_BACKUP, Fault("*", "command", "refuse", match="backup list", text="ERROR: No.", count=0)]
    )
    stopped = there.renews(fleet, keepers={})
    assert f"{stopped.run} is not known here" in told(here.renews(fleet, keepers={}))


def test_a_cluster_that_another_machine_has_renewed_needs_nothing(lab: Lab, machines: tuple[Machine, Machine]) -> None:
    here, there = machines
    fleet = lab("expired")
    assert there.renews(fleet).code == 0
    again = here.renews(fleet, keepers={})
    assert (again.code, again.clusters[0].outcome) == (0, "nothing to do"), again


def test_an_own_run_that_has_ended_is_no_sign(lab: Lab, machines: tuple[Machine, Machine]) -> None:
    here, _ = machines
    fleet = lab("due")
    assert here.renews(fleet, keepers={}).code == 0
    shutil.rmtree(fleet.certificates)
    fleet.certificates.mkdir()
    new_certificates(fleet.certificates, fleet.spec.clusters[0], "ec")
    report = here.renews(fleet, keepers={})
    assert (report.code, report.clusters[0].outcome) == (0, "renewed"), report


def test_an_own_run_that_is_not_finished_is_named_once(lab: Lab, machines: tuple[Machine, Machine]) -> None:
    here, _ = machines
    fleet = lab("expired", faults=[NO_CERTS])
    stopped = here.renews(fleet)
    reason = told(here.renews(fleet))
    assert f"go on with `mmpctl resume {stopped.run}`" in reason and "another run may be at work" not in reason


def test_on_the_command_line(lab: Lab, mmpctl: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[NO_CERTS])
    options = ("--certs", fleet.certificates, "--keeper", f"{CLUSTER}={KEEPER}", "-o", "json")
    run = mmpctl("renew", *options, "--yes", fleet=fleet).document["run"]
    # In its own folder of runs, `plan` names no other run.
    mine = mmpctl("plan", *options, fleet=fleet)
    assert not any("another run" in reason for reason in mine.document["clusters"][0]["reasons"]), mine
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "elsewhere"))
    for command in (("plan",), ("renew", "--yes")):
        said = mmpctl(*command, *options, "--runs", "elsewhere", fleet=fleet)
        (cluster,) = said.document["clusters"]
        told = cluster.get("reasons") or [cluster["reason"]]
        assert said.code == 5 and f"--other-run {run}" in " ".join(told), said
    wrong = mmpctl("plan", *options, "--other-run", "all", fleet=fleet)
    assert wrong.code == 2 and "not the name of a run" in wrong.err
    ready = mmpctl("plan", *options, "--runs", "elsewhere", "--other-run", run, fleet=fleet)
    assert (ready.code, ready.document["clusters"][0]["verdict"]) == (0, "ready"), ready
    table = mmpctl("plan", *options[:4], "--runs", "elsewhere", "--other-run", run, fleet=fleet)
    assert f"--other-run {run}" in " ".join(table.out.split())


class Rival(Silent):
    """Another machine, whose backup appears on a node while this one makes its own."""

    def __init__(self, fleet: Fleet) -> None:
        self.file = fleet.nodes["lon-3"].files / f"pre-{now_utc():%Y%m%d-%H%M%S}-beef.bak"

    def begins(self, cluster: str, step: Step) -> None:
        self.file.write_bytes(b"a backup")


def test_two_that_planned_at_the_same_time_find_each_other_before_the_first_remove(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired")
    rival = Rival(fleet)
    stopped = renewed(fleet, tmp_path, progress=rival)
    (outcome,) = stopped.clusters
    assert (outcome.outcome, outcome.code) == ("stopped", 7), outcome
    assert "another run may be at work" in (outcome.reason or "")
    assert "The cluster is as it was: no node has left it." in outcome.advice
    assert not fleet.log.select("question")

    assert stopped.folder is not None
    folder = RunFolder(stopped.folder)
    again = resume.run(nornir(fleet), folder, watch=Watch(limits=LIMITS))
    assert (again.code, again.clusters[0].outcome) == (5, "refused"), "the cause is still there"
    other = rival.file.stem.removeprefix("pre-")
    known = resume.run(nornir(fleet), folder, other_runs=frozenset({other}), watch=Watch(limits=LIMITS))
    assert (known.code, known.clusters[0].outcome) == (0, "renewed"), known
