"""Two copies of one run, resumed on two machines: one of them at most goes on, whenever they begin."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from mmpctl.cluster.marks import Mark, mark_of
from mmpctl.cluster.step import Step
from mmpctl.cluster.step_kinds import ActionName
from mmpctl.display.events import Silent
from mmpctl.errors import RefusedError
from mmpctl.lab.build import new_certificates
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.renewal.claim import known_marks
from mmpctl.renewal.context import Watch
from mmpctl.runbooks import resume
from mmpctl.runbooks.renew import RenewReport
from mmpctl.runs import runs_folder
from mmpctl.runs.folder import RunFolder
from tests.proof.boundaries import AFTER, BEFORE, Point
from tests.proof.death import Death, Mortal
from tests.support import schemas
from tests.support.children import PATIENCE_SECONDS
from tests.support.fleet import CLUSTER, DATABASES, KEEPER, LIMITS, nornir, renewed
from tests.support.lab import Lab
from tests.support.process import COMMAND, quick_to_read

# Where the run stopped before it was copied.
STOPS = {
    "before the first remove": Fault("lon-3", "download", "drop", match=".bak", count=2),
    "after the slaves' removes": Fault(KEEPER, "question", "drop", match="remove"),
    "after the keeper's remove": Fault("lon-2", "command", "refuse", match="certs", text="ERROR: Not now."),
    "after certs": Fault(KEEPER, "question", "drop", match="initialize"),
    "after initialize": Fault("lon-2", "question", "drop", match="join"),
    "after the first join": Fault("lon-3", "question", "drop", match="join"),
}


class Machine:
    """A machine with a home and a runs folder of its own, and a copy of a run in it."""

    def __init__(self, folder: Path, run: Path, fleet: Fleet) -> None:
        shutil.copytree(run.parent, folder / "runs")
        self.runs, self.run = folder / "runs", run.name
        self._fleet = fleet
        self._environment = {
            **os.environ,
            "XDG_STATE_HOME": str(folder / "state"),
            "MMP_USERNAME": fleet.username,
            "MMP_PASSWORD": fleet.password,
        }

    def begins(self) -> subprocess.Popen[bytes]:
        """Resume, in a process of its own."""
        words = ["resume", self.run, "--yes", "--accept-run", "--runs", str(self.runs), "-o", "json"]
        words += ["-i", str(self._fleet.inventory)]
        # The keeper's confirmation was somebody else's.
        words += ["--keeper", f"{CLUSTER}={KEEPER}"]
        return subprocess.Popen(
            [*COMMAND, *words], env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def resumes(self) -> dict[str, Any]:
        """Resume, and wait for the end of it."""
        return ended(self.begins())


def ended(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The one cluster's outcome."""
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert out, err.decode()
    (outcome,) = schemas.parse(out)["clusters"]
    assert isinstance(outcome, dict)
    return outcome


def accepted(fleet: Fleet) -> list[str]:
    return [f"{event.node} {event.text.split()[2]}" for event in fleet.log.select("accepted")]


def stopped(fleet: Fleet, tmp_path: Path) -> RunFolder:
    report = renewed(fleet, tmp_path)
    assert report.folder is not None and report.clusters[0].outcome == "stopped", report
    fleet.faults.clear()
    return RunFolder(report.folder)


def resumed(fleet: Fleet, folder: RunFolder, **words: Any) -> RenewReport:
    watch = Watch(words.pop("progress", Silent()), limits=LIMITS)
    return resume.run(nornir(fleet), folder, watch=watch, **words)


def copy_of(folder: RunFolder, home: Path) -> RunFolder:
    shutil.copytree(folder.path.parent, home / "runs")
    return RunFolder(home / "runs" / folder.name)


def pairs() -> list[Any]:
    """Both at once and a second apart, after each step; the gate plays some of them."""
    gate = pytest.mark.gate
    usual: dict[tuple[str, float], Any] = {
        ("after certs", 0.0): (),
        ("after initialize", 0.0): gate,
    }
    every = [(stop, apart) for stop in STOPS for apart in (0.0, 1.0)]
    return [
        pytest.param(
            *pair,
            id=f"{pair[0]}, {'at once' if pair[1] == 0.0 else 'a second apart'}",
            marks=usual.get(pair, pytest.mark.prove),
        )
        for pair in every
    ]


@pytest.mark.parametrize(("stop", "apart"), pairs())
def test_two_processes_that_resume_one_run_do_nothing_twice(lab: Lab, tmp_path: Path, stop: str, apart: float) -> None:
    fleet = quick_to_read(
        lab("expired", faults=[STOPS[stop]], remove_seconds=0.4, initialize_seconds=0.4, stale_seconds=0.3)
    )
    rows = fleet.nodes[KEEPER].rows
    run = stopped(fleet, tmp_path)
    machines = [Machine(tmp_path / name, run.path, fleet) for name in ("here", "there")]
    first = machines[0].begins()
    # How far apart they begin is the case itself; nothing is concluded from the time.
    time.sleep(apart)
    second = machines[1].begins()
    outcomes = [ended(first), ended(second)]

    told = f"{outcomes}\n{accepted(fleet)}"
    assert [one["outcome"] for one in outcomes].count("renewed") <= 1, told
    assert len(accepted(fleet)) == len(set(accepted(fleet))), told
    assert fleet.nodes[KEEPER].rows == rows, told
    # Whichever has gone on can be finished, alone; the other one never can.
    for machine in machines:
        if not any(one["outcome"] == "renewed" for one in outcomes):
            outcomes.append(machine.resumes())
    told = f"{outcomes}\n{accepted(fleet)}"
    assert [one["outcome"] for one in outcomes].count("renewed") == 1, told
    assert {name: fleet.nodes[name].rows for name in DATABASES} == dict.fromkeys(DATABASES, rows), told
    assert len(accepted(fleet)) == len(set(accepted(fleet))), told
    assert sum(one.endswith("initialize") for one in accepted(fleet)) == 1, told


def test_a_journal_whose_copy_has_gone_on_is_refused(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[STOPS["after certs"]])
    folder = stopped(fleet, tmp_path)
    copy = copy_of(folder, tmp_path / "there")
    fleet.faults.add(Fault("lon-2", "question", "drop", match="join"))
    assert resumed(fleet, copy).clusters[0].outcome == "stopped"
    fleet.faults.clear()
    before = accepted(fleet)
    (outcome,) = resumed(fleet, folder).clusters
    assert (outcome.code, outcome.outcome) == (7, "stopped"), outcome
    assert "a copy of this run has continued" in (outcome.reason or "") and "--other-run" in (outcome.reason or "")
    assert accepted(fleet) == before
    assert resumed(fleet, copy).clusters[0].outcome == "renewed"
    (outcome,) = resumed(fleet, folder).clusters
    assert outcome.code == 7 and "has continued" in (outcome.reason or ""), "also after the other one has ended"


def test_before_anything_was_touched_it_is_a_refusal(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[STOPS["before the first remove"]])
    folder = stopped(fleet, tmp_path)
    copy = copy_of(folder, tmp_path / "there")
    fleet.faults.add(Fault("lon-3", "download", "drop", match=".bak", count=2))
    assert resumed(fleet, copy).clusters[0].outcome == "stopped"
    fleet.faults.clear()
    (outcome,) = resumed(fleet, folder).clusters
    assert (outcome.code, outcome.outcome) == (5, "refused") and "has continued" in (outcome.reason or ""), outcome


def test_a_mark_that_the_run_left_itself_is_no_sign_of_another_run(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired")
    with pytest.raises(Death), Mortal(Point("begun", AFTER)).living():
        renewed(fleet, tmp_path)
    folder = runs_folder.every(tmp_path / "runs")[-1]
    # It dies a second time right after its claim, before it has intended anything.
    with pytest.raises(Death), Mortal(Point(f"intent backup:{KEEPER}", BEFORE)).living():
        resumed(fleet, folder)
    assert any(mark_of(path.name) for path in fleet.nodes[KEEPER].files.iterdir())
    (outcome,) = resumed(fleet, folder).clusters
    assert outcome.outcome == "renewed", outcome.reason


class Rival(Silent):
    """Another copy, whose mark comes onto a node right when a step begins there."""

    def __init__(self, fleet: Fleet, run: str, action: str) -> None:
        self._fleet, self._run, self._action = fleet, run, action
        self.node: str | None = None

    def begins(self, cluster: str, step: Step) -> None:
        if step.action == self._action and self.node is None:
            self.node = step.node
            (self._fleet.nodes[step.node].files / Mark(self._run, "ffffffff").file).write_text("another copy")


@pytest.mark.parametrize("action", ["certs", "initialize", "join"])
def test_a_mark_that_comes_right_before_the_answer_prevents_it(lab: Lab, tmp_path: Path, action: str) -> None:
    fleet = lab("expired", faults=[STOPS["after the keeper's remove"]])
    folder = stopped(fleet, tmp_path)
    rival = Rival(fleet, folder.name, action)
    (outcome,) = resumed(fleet, folder, progress=rival).clusters
    assert (outcome.code, outcome.outcome) == (7, "stopped"), outcome
    assert "ffffffff.pem has appeared on it" in (outcome.reason or "")
    assert rival.node is not None and f"{rival.node} {action}" not in accepted(fleet)


def test_a_renewal_whose_copy_is_taken_up_elsewhere_stops_before_its_next_answer(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired")

    class CopyAtWork(Silent):
        def begins(self, cluster: str, step: Step) -> None:
            if step.action == ActionName.REMOVE and step.node == KEEPER:
                (run,) = (tmp_path / "runs").iterdir()
                (fleet.nodes[KEEPER].files / Mark(run.name, "00000000").file).write_text("another copy")

    (outcome,) = renewed(fleet, tmp_path, progress=CopyAtWork()).clusters
    assert (outcome.code, outcome.outcome) == (7, "stopped"), outcome
    assert f"{KEEPER} remove" not in accepted(fleet)


def test_a_mark_that_was_taken_away_stops_the_run(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[STOPS["after certs"]])
    folder = stopped(fleet, tmp_path)

    class Sweeper(Silent):
        def begins(self, cluster: str, step: Step) -> None:
            if step.action == ActionName.JOIN and step.node == "lon-2":
                for file in fleet.nodes["lon-2"].files.glob("mark-*"):
                    file.unlink()

    (outcome,) = resumed(fleet, folder, progress=Sweeper()).clusters
    assert outcome.code == 7 and "is no longer on it" in (outcome.reason or ""), outcome
    assert resumed(fleet, folder).clusters[0].outcome == "renewed"


def test_without_a_mark_nothing_is_sent(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[STOPS["after certs"]])
    folder = stopped(fleet, tmp_path)
    before = accepted(fleet)
    fleet.faults.add(Fault("lon-3", "upload", "cut", match="mark-", count=0))
    (outcome,) = resumed(fleet, folder).clusters
    assert (outcome.code, outcome.outcome) == (6, "stopped") and "could not be left" in (outcome.reason or ""), outcome
    assert accepted(fleet) == before
    assert not [path for name in fleet.nodes for path in fleet.nodes[name].files.glob("mark-*")], "taken away again"
    fleet.faults.clear()
    assert resumed(fleet, folder).clusters[0].outcome == "renewed"


def test_marks_are_known_before_they_are_left_and_do_not_pile_up(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[STOPS["after certs"]])
    folder = stopped(fleet, tmp_path)
    assert not any(path.name.startswith("mark-") for path in fleet.nodes[KEEPER].files.iterdir()), "a renewal has none"
    fleet.faults.add(Fault("lon-2", "question", "drop", match="join"))
    assert resumed(fleet, folder).clusters[0].outcome == "stopped"
    fleet.faults.clear()
    assert resumed(fleet, folder).clusters[0].outcome == "renewed"
    known = known_marks(folder.records(), CLUSTER)
    for name in fleet.nodes:
        (mark,) = [path for path in fleet.nodes[name].files.iterdir() if mark_of(path.name)]
        assert mark.name in known and len(known) == 2
        assert f"run {folder.name}" in mark.read_text()
    # The next renewal takes the last one away.
    shutil.rmtree(fleet.certificates)
    fleet.certificates.mkdir()
    new_certificates(fleet.certificates, fleet.spec.clusters[0], "ec")
    again = renewed(fleet, tmp_path, keepers={})
    assert again.clusters[0].outcome == "renewed", again
    assert not [path for name in fleet.nodes for path in fleet.nodes[name].files.glob("mark-*")]


def test_a_run_that_began_after_this_one_is_told(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[STOPS["after certs"]])
    folder = stopped(fleet, tmp_path)
    (fleet.nodes["lon-3"].files / "pre-20991231-235959-beef.bak").write_bytes(b"a backup")
    (outcome,) = resumed(fleet, folder).clusters
    assert outcome.code == 7 and "20991231-235959-beef" in (outcome.reason or ""), outcome
    others = frozenset({"20991231-235959-beef"})
    assert resumed(fleet, folder, other_runs=others).clusters[0].outcome == "renewed"


def test_only_marks_are_ever_taken_away(lab: Lab) -> None:
    fleet = lab("healthy")
    node = nornir(fleet)
    session = node.inventory.hosts[KEEPER].get_connection("mmp_sftp", node.config)
    with pytest.raises(Exception, match="is not the mark of a run") as caught:
        session.remove_mark("cms.lic")
    assert not isinstance(caught.value, RefusedError)
    node.close_connections()
