"""The reviewed questions are those that the run began with: a file that changes on the way answers nothing."""

from __future__ import annotations

import json
from pathlib import Path

from mmpctl.cluster.step import Step
from mmpctl.cluster.step_kinds import ActionName
from mmpctl.display.events import Silent
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.renewal.context import Watch
from mmpctl.runbooks import resume
from mmpctl.runs.folder import RunFolder
from tests.support.fleet import KEEPER, LIMITS, nornir, renewed
from tests.support.lab import Lab

ODD = "Are you sure you wish to begin anew? (Y/n)\nAll is going to be well."
REVIEWED = [{"operation": "initialize", "question": ODD, "reviewed_by": "A. Person", "date": "2026-11-01"}]


class Writer(Silent):
    """Somebody who writes a file of reviewed questions while the run is at work."""

    def __init__(self, fleet: Fleet, at: str) -> None:
        self._fleet, self._at = fleet, at

    def begins(self, cluster: str, step: Step) -> None:
        if step.action == self._at:
            (self._fleet.inventory / "questions.yaml").write_text(json.dumps(REVIEWED), encoding="utf-8")


def test_a_file_that_comes_on_the_way_is_told_and_answers_nothing(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault(KEEPER, "question", "reword", match="initialize", text=ODD, count=0)])
    report = renewed(fleet, tmp_path, progress=Writer(fleet, ActionName.CERTS))
    (outcome,) = report.clusters
    assert outcome.code == 7 and "questions.yaml has changed" in (outcome.reason or ""), outcome
    assert not [event for event in fleet.log.select("accepted") if "initialize" in event.text]
    assert report.folder is not None
    folder = RunFolder(report.folder)
    assert folder.request["questions_sha256"] is None
    # Whoever resumes has been told to read it, and is told again that it is another one.
    done = resume.run(nornir(fleet), folder, watch=Watch(limits=LIMITS))
    assert (done.code, done.clusters[0].outcome) == (0, "renewed"), done
    assert any("questions.yaml has changed since the run began" in line for line in done.clusters[0].found)


def test_a_file_that_goes_on_the_way_is_told_before_anything_is_sent(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired")
    (fleet.inventory / "questions.yaml").write_text(json.dumps(REVIEWED), encoding="utf-8")

    class Tidy(Silent):
        def begins(self, cluster: str, step: Step) -> None:
            if step.action == ActionName.REMOVE:
                (fleet.inventory / "questions.yaml").unlink(missing_ok=True)

    report = renewed(fleet, tmp_path, progress=Tidy())
    (outcome,) = report.clusters
    assert outcome.code == 7 and "questions.yaml has changed" in (outcome.reason or ""), outcome
    assert not fleet.log.select("accepted")
    assert report.folder is not None and len(RunFolder(report.folder).request["questions_sha256"] or "") == 64
