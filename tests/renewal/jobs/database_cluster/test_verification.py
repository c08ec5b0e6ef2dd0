"""The check afterwards: several good looks in a row, the services that restart, and the wish to stop."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from mmpctl.display.events import Silent
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.renewal.context import Watch
from mmpctl.renewal.jobs.database_cluster.verification import GOOD_LOOKS
from mmpctl.renewal.stop import Stop
from mmpctl.runbooks import resume
from mmpctl.runbooks.renew import RenewReport
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import read
from tests.support.fleet import LIMITS, nornir, renewed
from tests.support.lab import Lab


class StopsAtTheCheck(Silent):
    """An operator who presses Ctrl-C when the check begins."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop

    def note(self, cluster: str, text: str) -> None:
        """Stop at the first word of the check."""
        if text.startswith("verifying"):
            self._stop.wish()


def checked(report: RenewReport) -> dict[str, Any]:
    """The last check that the run's journal holds."""
    assert report.folder is not None
    records = read(report.folder / "journal.jsonl", report.folder.name)[0]
    found = [record.detail["verification"] for record in records if "verification" in record.detail]
    assert len(found) == 1
    return dict(found[0])


def asked(fleet: Fleet, service: str, node: str) -> int:
    return len(fleet.log.select("command", node=node, text=service))


def test_a_calm_check_is_kept_as_evidence(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired")
    found = checked(renewed(fleet, tmp_path))
    assert found["problems"] == [] and found["files_checked"] == list(fleet.nodes)
    (look,) = found["looks"][-1:]
    assert look["well"] and look["times"] >= GOOD_LOOKS and look["first"].endswith("Z")
    assert look["nodes"]["lon-2"]["status"] == "Enabled" and len(look["nodes"]["lon-2"]["sees"]) == 3
    told = {(one["node"], one["service"]): one["told"] for one in found["services"]}
    assert told["lon-1", "webadmin"] == "runs"
    assert told["lon-1", "callbridge"] == "answers its command, but does not report if it runs"
    assert set(told) == {(node, service) for node in fleet.nodes for service in ("webadmin", "callbridge")}
    assert json.dumps(found)


def test_services_that_restart_are_waited_for(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", restart_seconds=0.6)
    report = renewed(fleet, tmp_path)
    assert report.code == 0, report
    # The client is connected last: its services were down when it was asked first.
    assert asked(fleet, "webadmin", "lon-4") > 1 and asked(fleet, "callbridge", "lon-4") > 1
    assert all(one["up"] for one in checked(report)["services"])


def test_services_that_stay_down_are_told(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("due", nodes={"lon-2": {"restart_seconds": 3600.0}})
    report = renewed(fleet, tmp_path, keepers={}, limits=replace(LIMITS, settle=0.5))
    (outcome,) = report.clusters
    assert (outcome.code, outcome.outcome) == (8, "failed"), report
    assert outcome.reason == (
        "lon-2: webadmin does not run; "
        "lon-2: callbridge refuses its command (`callbridge` was refused: ERROR: The service is restarting)"
    )
    assert checked(report)["files_checked"] == list(fleet.nodes)


def test_services_that_the_release_does_not_know_are_not_waited_for(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("due", unknown=frozenset({"webadmin", "callbridge"}))
    report = renewed(fleet, tmp_path, keepers={})
    assert report.code == 0, report
    assert {one["told"] for one in checked(report)["services"]} == {"the release does not know the command"}
    assert asked(fleet, "webadmin", "lon-1") == 1


def test_a_service_that_is_off_or_answers_strangely_is_taken_as_it_is(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("due")
    fleet.nodes["lon-2"].services["webadmin"].printed = "Enabled                 : false"
    fleet.nodes["lon-3"].services["webadmin"].printed = "All is well"
    fleet.nodes["lon-3"].services["callbridge"].printed = "Usage:\n  callbridge restart"
    report = renewed(fleet, tmp_path, keepers={})
    assert report.code == 0, report
    told = {(one["node"], one["service"]): one["told"] for one in checked(report)["services"]}
    assert told["lon-2", "webadmin"] == "is off"
    assert told["lon-3", "webadmin"] == "answers its command in unknown words"
    assert told["lon-3", "callbridge"] == "answers its command with its usage only"


def test_a_cluster_that_does_not_settle_is_told_by_every_node(lab: Lab, tmp_path: Path) -> None:
    class Cuts(Silent):
        def note(self, cluster: str, text: str) -> None:
            if text.startswith("verifying"):
                fleet.take_down("lon-3")

    fleet = lab("due")
    limits = replace(LIMITS, settle=0.3)
    report = renewed(fleet, tmp_path, keepers={}, limits=limits, progress=Cuts())
    (outcome,) = report.clusters
    assert (outcome.code, outcome.outcome) == (8, "failed"), report
    assert "lon-3 does not answer" in (outcome.reason or "")
    found = checked(report)
    assert found["files_checked"] == [] and not any(look["well"] for look in found["looks"])


def test_who_stops_at_the_check_is_told_that_only_the_check_is_missing(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired")
    stop = Stop()
    report = renewed(fleet, tmp_path, stop=stop, progress=StopsAtTheCheck(stop))
    (outcome,) = report.clusters
    assert (outcome.code, outcome.outcome) == (6, "stopped"), report
    assert "all steps are done, only the check afterwards is missing" in (outcome.reason or "")
    assert {step.action for step in outcome.remaining} == {"verify"}
    accepted = len(fleet.log.select("accepted"))
    assert report.folder is not None
    again = resume.run(nornir(fleet), RunFolder(report.folder), watch=Watch(limits=LIMITS))
    assert (again.code, again.clusters[0].outcome) == (0, "renewed"), again
    assert len(fleet.log.select("accepted")) == accepted
    assert checked(again)["problems"] == []


def test_after_a_replica_fell_out_of_sync_the_good_looks_are_counted_anew(lab: Lab, tmp_path: Path) -> None:
    class Lapses(Silent):
        def note(self, cluster: str, text: str) -> None:
            if text.startswith("verifying"):
                fleet.faults.add(Fault("lon-2", "status", "lapse", nth=2, count=2))

    fleet = lab("due")
    report = renewed(fleet, tmp_path, keepers={}, progress=Lapses())
    assert report.code == 0, report
    looks = [(look["well"], look["times"]) for look in checked(report)["looks"]]
    assert looks[0] == (True, 1) and looks[-1] == (True, GOOD_LOOKS) and len(looks) > 2, looks
