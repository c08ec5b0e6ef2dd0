"""Services of the lab are renewed: off, new files, on, and a real connection shows the new certificate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mmpctl.cluster.marks import mark_of
from mmpctl.lab.scenario import deployment
from mmpctl.renewal.context import Watch
from mmpctl.renewal.resume.said import Said
from mmpctl.renewal.stop import Stop
from mmpctl.reports import tables
from mmpctl.reports.output import render
from mmpctl.runbooks import renew, resume
from mmpctl.runbooks.renew import RenewReport
from mmpctl.runs import runs_folder
from mmpctl.runs.ending import Ending
from tests.proof.boundaries import BEFORE, Point
from tests.proof.death import Death, Mortal
from tests.support import schemas
from tests.support.fleet import as_described, nornir
from tests.support.lab import Lab
from tests.support.service_runs import LIMITS, leaf_in_use, new_leaf, renewed, resumed, told

EDGES = ("lon-edge-1", "lon-edge-2")
PAIRS = ("https", "c2w")


def outcomes(report: RenewReport) -> dict[str, tuple[Ending, int]]:
    return {one.name: (one.outcome, one.code) for one in report.clusters}


def units(report: RenewReport) -> dict[str, tuple[Ending, str | None]]:
    return {f"{one.part} of {one.node}": (one.outcome, one.reason) for each in report.clusters for one in each.units}


def switched(node: str) -> list[str]:
    """What a Web Bridge is told, without the names of files."""
    certs = [f"{node} webbridge3 {pair} certs" for pair in PAIRS]
    return [f"{node} webbridge3 disable", *certs, f"{node} webbridge3 enable"]


def brief(lines: list[str]) -> list[str]:
    return [line.partition(" certs ")[0] + (" certs" if " certs " in line else "") for line in lines]


def test_web_bridges_are_renewed_one_after_the_other_and_no_call_is_lost(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    before = {node: {path.name for path in fleet.nodes[node].files.iterdir()} for node in EDGES}
    report = renewed(fleet, tmp_path, "webbridge3")
    assert outcomes(report) == {"lon-prod": (Ending.RENEWED, 0)}
    assert units(report) == {f"webbridge3 of {node}": (Ending.RENEWED, None) for node in EDGES}
    assert brief(told(fleet, "webbridge3")) == [line for node in EDGES for line in switched(node)]
    for node in EDGES:
        for pair in PAIRS:
            assert leaf_in_use(fleet, node, "webbridge3", pair) == new_leaf(fleet, node, "webbridge3", pair)
        # Nothing that was there has gone.
        assert before[node] <= {path.name for path in fleet.nodes[node].files.iterdir()}
    assert fleet.links.down() == [] and fleet.lost.get("callbridge", 0) == 0
    assert report.folder is not None
    [kept] = schemas.read(report.folder / "report.json")["evidence"]["clusters"]
    seen = [(pair["proved"], pair["before"]["enabled"], pair["after"]["enabled"]) for pair in kept["services"]]
    assert seen == [(True, True, True)] * 4
    assert [pair["after"]["files"][pair["pair"]] for pair in kept["services"]] == [
        pair["new"] for pair in kept["services"]
    ]
    again = renewed(fleet, tmp_path, "webbridge3")
    assert {one.outcome for one in again.clusters} == {Ending.NOTHING_TO_DO} and again.run is None


def test_the_journal_has_that_it_was_on_before_the_first_disable(lab: Lab, tmp_path: Path) -> None:
    report = renewed(lab(deployment()), tmp_path, "webbridge3")
    assert report.folder is not None
    records = [json.loads(line) for line in (report.folder / "journal.jsonl").read_text("utf-8").splitlines()]
    intents = [one for one in records if one["event"] == "intent" and one["step"].startswith("disable:")]
    assert [one["detail"]["before"]["enabled"] for one in intents] == [True, True]
    proofs = [one for one in records if one["event"] == "outcome" and one["step"].startswith("prove:")]
    assert [one["detail"]["presents"].keys() for one in proofs] == [{"webbridge3 https", "webbridge3 c2w"}] * 2


def test_a_run_that_died_with_nothing_but_its_mark_on_the_node_is_resumed(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    claimed = Point("intent upload:lon-edge-1", BEFORE)
    with pytest.raises(Death), Mortal(claimed).living():
        renewed(fleet, tmp_path, "webbridge3", only=frozenset({"lon-edge-1"}))
    assert any(mark_of(path.name) for path in fleet.nodes["lon-edge-1"].files.iterdir())
    assert outcomes(resumed(fleet, tmp_path)) == {"lon-prod": (Ending.RENEWED, 0)}


@pytest.mark.parametrize("asked_to_stop", [False, True])
def test_who_does_not_go_on_is_told_what_is_done_and_what_is_off(lab: Lab, tmp_path: Path, asked_to_stop: bool) -> None:
    fleet = lab(deployment())
    with pytest.raises(Death), Mortal(Point("intent certs:lon-edge-2/webbridge3 https", BEFORE)).living():
        renewed(fleet, tmp_path, "webbridge3")
    stop = Stop()
    if asked_to_stop:
        stop.wish()
    watch = Watch(limits=LIMITS, stop=stop)
    folder = runs_folder.every(tmp_path / "runs")[-1]
    report = as_described(resume.run_with(nornir(fleet), folder, Said(), confirm=lambda found: None, watch=watch))
    [group] = report.clusters
    assert group.outcome is (Ending.STOPPED if asked_to_stop else Ending.REFUSED)
    first, second = group.units
    assert (first.node, first.outcome, first.reason) == ("lon-edge-1", Ending.RENEWED, None)
    assert (second.node, second.outcome, second.more) == ("lon-edge-2", Ending.STOPPED, 7)
    assert any(line.startswith("webbridge3 of lon-edge-2 MAY BE OFF") for line in group.advice)
    shown = render(tables.renewal({**renew.document(report, "resume"), "asked": {}}))
    assert f"Next: mmpctl resume {folder.name}" in shown
    assert ("nothing was changed now, and what the run had begun before is open" in shown) is not asked_to_stop
    assert ("REFUSED  as above" in shown) is not ("STOPPED  as above" in shown)
