"""The engine carries a second job, which dies at every record of its journal and is finished by the same machinery."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mmpctl.cluster.marks import Mark
from mmpctl.display.display import display
from mmpctl.display.events import Progress, Silent
from mmpctl.errors import RefusedError, UsageError
from mmpctl.evidence.report import write_report
from mmpctl.evidence.verify_run import verify
from mmpctl.fleet.run_on import close_all
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import cluster
from mmpctl.moment import Moment
from mmpctl.renewal.cluster_lock import lock_cluster
from mmpctl.renewal.context import RunContext, Watch
from mmpctl.renewal.job_kind import AnyKind
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.resume.open_steps import look_up
from mmpctl.renewal.resume.said import Said
from mmpctl.renewal.rollout import Rollout, carry_out_all
from mmpctl.renewal.run_options import RunOptions
from mmpctl.renewal.stop import Stop
from mmpctl.reports import tables
from mmpctl.reports.output import render
from mmpctl.runbooks import renew, resume, runs
from mmpctl.runbooks.renew import RenewReport
from mmpctl.runs import runs_folder
from mmpctl.runs.ending import Ending
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.record import Event, Record
from mmpctl.runs.state import open_clusters
from mmpctl.times import now_utc
from tests.proof.boundaries import AFTER, BEFORE, TORN, Point, record_name
from tests.proof.death import Death, Mortal
from tests.support.fleet import CLUSTER, LIMITS, nornir
from tests.support.gate import some
from tests.support.hostname_job import KIND, WORDS, HostnameJob, planned
from tests.support.hostname_kind import HOSTNAMES, TABLE
from tests.support.lab import Lab
from tests.support.run_page import check_page

WANTED = {"lon-1": "cms-one", "lon-2": "cms-two"}
REQUEST = {
    "job": KIND,
    "words": WORDS.document(),
    "clusters": [{"name": CLUSTER, "keeper": None, "wanted": WANTED}],
}
# The records of a calm run, in their order; the two nodes are named side by side.
RECORDS = (
    "begun",
    "mark",
    *(
        f"{word} {step}:{node}{end}"
        for step in ("name", "restart")
        for node in WANTED
        for word, end in (
            ("intent", ""),
            ("outcome", " done"),
        )
    ),
    "end renewed",
)


def in_lab(lab: Lab, *faults: Fault) -> Fleet:
    return lab(cluster(slaves=1), faults=faults)


@contextmanager
def run_of(
    fleet: Fleet,
    place: Path,
    folder: RunFolder | None = None,
    stop: Stop | None = None,
    progress: Progress | None = None,
) -> Iterator[RunContext]:
    """A new run, or one that is taken up again."""
    nr = nornir(fleet)
    folder = folder or runs_folder.create(place / "runs", REQUEST, now_utc())
    journal = folder.journal(now_utc)
    try:
        yield RunContext(nr, folder, journal, Watch(progress or Silent(), stop or Stop(), LIMITS))
    finally:
        journal.close()
        close_all(nr)


def job_in(run: RunContext) -> HostnameJob:
    return HOSTNAMES.job(run, planned(run.nr, CLUSTER, WANTED))


def carried_out(run: RunContext, *, resumed: bool = False) -> UnitOutcome:
    (outcome,) = carry_out_all(run, [job_in(run)], Rollout(), Moment.now(), resumed=resumed)
    return outcome


def begun(fleet: Fleet, place: Path, stop: Stop | None = None) -> RenewReport:
    """A run by the code of `mmpctl renew`, with the job of the table."""
    options, watch = RunOptions(runs=place / "runs"), Watch(stop=stop or Stop(), limits=LIMITS)
    return renew.of_job(nornir(fleet), HOSTNAMES, {CLUSTER: WANTED}, options, watch=watch)


def taken_up(fleet: Fleet, place: Path, jobs: Mapping[str, AnyKind] = TABLE) -> UnitOutcome:
    """How the last run ended, resumed by the code of `mmpctl resume`."""
    folder = runs_folder.every(place / "runs")[-1]
    (outcome,) = resume.run_with(nornir(fleet), folder, Said(), watch=Watch(limits=LIMITS), jobs=jobs).clusters
    return outcome


def names(records: tuple[Record, ...]) -> list[str]:
    return [record_name(record.event, record.step, record.result) for record in records]


def restarts(fleet: Fleet) -> dict[str, tuple[str, int]]:
    """The name of each node, and how often it has restarted."""
    return {
        name: (node.hostname, len(fleet.log.select("accepted", node=name, text="reboot")))
        for name, node in fleet.nodes.items()
    }


def test_a_calm_run_does_its_waves_in_their_order(lab: Lab, tmp_path: Path) -> None:
    fleet = in_lab(lab)
    report = begun(fleet, tmp_path)
    (outcome,) = report.clusters
    assert (outcome.outcome, outcome.code, outcome.reason) == (Ending.RENEWED, 0, None)
    folder = runs_folder.every(tmp_path / "runs")[-1]
    records = folder.records()
    assert sorted(names(records)) == sorted(RECORDS)
    assert names(records)[6:] == list(RECORDS[6:])
    assert restarts(fleet) == {"lon-1": ("cms-one", 1), "lon-2": ("cms-two", 1)}
    assert open_clusters(folder.request, records) == ()
    assert (records[0].detail["job"], records[0].facts) == (KIND, {"wanted": WANTED})
    (told,) = renew.document(report)["clusters"]
    assert (told["name"], told["job"], told["keeper"]) == (CLUSTER, KIND, None)
    request = folder.document("request.json") or {}
    assert (request["job"], request["words"]["unit"]) == (KIND, "group")
    (again,) = begun(fleet, tmp_path).clusters
    assert again.outcome is Ending.NOTHING_TO_DO


def test_a_run_of_it_is_locked_refused_and_shown_as_any_other(lab: Lab, tmp_path: Path) -> None:
    fleet = in_lab(lab)
    with lock_cluster(nornir(fleet), CLUSTER, Watch()):
        (outcome,) = begun(fleet, tmp_path).clusters
        assert (outcome.outcome, outcome.code) == (Ending.NOT_STARTED, 9)
    with pytest.raises(UsageError, match="there is no node lon-9"):
        renew.of_job(nornir(fleet), HOSTNAMES, {CLUSTER: {"lon-9": "x"}}, RunOptions(runs=tmp_path / "runs"))
    stop = Stop()
    stop.wish()
    (outcome,) = begun(fleet, tmp_path, stop).clusters
    assert (outcome.outcome, outcome.code) == (Ending.NOT_STARTED, 6)
    assert not (tmp_path / "runs").exists() and restarts(fleet)["lon-1"] == ("lon-1", 0)


def of_another_job(text: str) -> list[str]:
    """The words of the database's renewal in a text that tells of this job."""
    return re.findall(r"keepers?|databases?|clusters?|Call Bridges?|certificates?", text, re.IGNORECASE)


def texts_of(value: Any) -> Iterator[str]:
    """Every text in a document; the names of its keys are the same for all jobs."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from texts_of(one)
    elif isinstance(value, str):
        yield value


def test_what_is_told_while_it_works_is_told_in_its_own_words(lab: Lab, tmp_path: Path) -> None:
    stream = io.StringIO()
    with display(stream, WORDS) as progress, run_of(in_lab(lab), tmp_path, progress=progress) as run:
        progress.queued((CLUSTER, "nyc-prod"))
        carried_out(run)
    told = [re.sub(r"\d+ s\b", "N s", line[9:]).strip() for line in stream.getvalue().splitlines()]
    assert told[0] == "2 groups, a few at a time"
    assert told[1] == "lon-prod  4 steps in 3 waves"
    waves = told.index("lon-prod  wave 1 of 3: naming lon-1, lon-2")
    assert told[waves + 1] == "lon-prod    stop: safe now: the group is as it was"
    assert "lon-prod    stop: safe: Ctrl-C completes running steps, starts no new ones; resume goes on" in told
    assert of_another_job("\n".join(told)) == []


def test_what_its_run_leaves_is_told_in_its_own_words(lab: Lab, tmp_path: Path) -> None:
    fleet = in_lab(lab, Fault("lon-2", "command", "die", match="hostname cms-two"))
    with run_of(fleet, tmp_path) as run:
        outcome = carried_out(run)
    folder = run.folder
    by_hand = (folder.path / "by-hand.txt").read_text("utf-8")
    assert outcome.advice[0] == "A node keeps its old name until it restarts."
    assert outcome.advice[-1].endswith(f"are in {folder.path / 'by-hand.txt'}.")
    assert by_hand.startswith("BY HAND: the renaming of lon-prod, ")
    assert "    Its host name: calls drop\n" in by_hand and "Never type a command again" in by_hand
    assert "The end. The renaming is done if " in by_hand
    assert of_another_job(" ".join((by_hand, *outcome.advice, outcome.reason or ""))) == []
    report = RenewReport(folder.name, (outcome,), folder.path)
    assert write_report(folder, renew.document(report), now_utc) is None
    left = json.loads((folder.path / "report.json").read_text("utf-8"))
    (group,) = left["evidence"]["clusters"]
    assert [node["name"] for node in group["nodes"]] == list(WANTED)
    assert {one["node"]: (one["action"], one["result"]) for one in group["attempts"]}["lon-1"] == ("name", "done")
    assert of_another_job(" ".join((*texts_of(left), *group))) == []
    shown = check_page((folder.path / "report.html").read_text("utf-8")).text
    assert "renaming of nodes" in shown and "Group" in shown and "lon-2: restart" in shown
    assert of_another_job(shown) == []
    table = render(tables.run({**runs.show(tmp_path / "runs", folder.name), "asked": {}}), width=200)
    assert "the group ended: stopped" in table and of_another_job(table) == []
    assert {check.what: check.result for check in verify(folder)}["request.json, plan.json, journal.jsonl"] == "proved"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("record", some(RECORDS, every=5))
def test_a_run_that_died_at_a_record_is_finished(lab: Lab, tmp_path: Path, record: str) -> None:
    for moment in (BEFORE, TORN, AFTER):
        fleet, place = in_lab(lab), tmp_path / moment
        dead = Mortal(Point(record, moment))
        with pytest.raises(Death), dead.living():
            begun(fleet, place)
        assert Point(record, moment) in dead.passed
        ended = (record, moment) == (RECORDS[-1], AFTER)
        outcome = taken_up(fleet, place)
        assert outcome.outcome is (Ending.NOTHING_TO_DO if ended else Ending.RENEWED), (moment, outcome)
        # A restart whose end nobody saw is looked for, never made a second time.
        assert restarts(fleet) == {"lon-1": ("cms-one", 1), "lon-2": ("cms-two", 1)}, (moment, outcome.found)
        again = taken_up(fleet, place)
        assert (again.outcome, again.remaining) == (Ending.NOTHING_TO_DO, ())
        assert restarts(fleet) == {"lon-1": ("cms-one", 1), "lon-2": ("cms-two", 1)}, moment
        fleet.stop()


def died_at(record: str, fleet: Fleet, place: Path) -> RunFolder:
    with pytest.raises(Death), Mortal(Point(record, AFTER)).living():
        begun(fleet, place)
    return runs_folder.every(place / "runs")[-1]


TWICE = (
    ("begun", "mark"),
    ("mark", "mark"),
    ("outcome name:lon-2 done", "intent restart:lon-1"),
    ("intent restart:lon-1", "outcome restart:lon-1 not accepted"),
    ("intent restart:lon-1", "outcome restart:lon-1 done"),
)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize(("first", "second"), some(TWICE, every=5))
def test_a_run_that_died_twice_is_finished(lab: Lab, tmp_path: Path, first: str, second: str) -> None:
    fleet = in_lab(lab)
    died_at(first, fleet, tmp_path)
    with pytest.raises(Death), Mortal(Point(second, AFTER)).living():
        taken_up(fleet, tmp_path)
    outcome = taken_up(fleet, tmp_path)
    assert outcome.outcome is Ending.RENEWED, outcome
    assert restarts(fleet) == {"lon-1": ("cms-one", 1), "lon-2": ("cms-two", 1)}
    assert taken_up(fleet, tmp_path).outcome is Ending.NOTHING_TO_DO


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize(
    ("record", "ending"),
    [("outcome name:lon-1 done", Ending.REFUSED), ("outcome restart:lon-1 done", Ending.STOPPED)],
)
def test_it_does_not_go_on_beside_a_later_run_nor_beside_a_copy_of_itself(
    lab: Lab, tmp_path: Path, record: str, ending: Ending
) -> None:
    fleet = in_lab(lab)
    folder = died_at(record, fleet, tmp_path)
    before = restarts(fleet)
    later = "29991231-235959-abcd"
    for run, told in ((later, f"the run {later}, which is not known here"), (folder.name, "a copy of this run has")):
        mark = fleet.nodes["lon-2"].files / Mark(run, "0123abcd").file
        mark.write_text("left by somebody else")
        outcome = taken_up(fleet, tmp_path)
        assert outcome.outcome is ending and told in (outcome.reason or ""), outcome
        assert restarts(fleet) == before
        mark.unlink()
    assert taken_up(fleet, tmp_path).outcome is Ending.RENEWED


def test_its_own_guard_refuses_while_another_node_is_down(lab: Lab, tmp_path: Path) -> None:
    fleet = in_lab(lab, Fault("lon-2", "command", "die", match="hostname cms-two"))
    with run_of(fleet, tmp_path) as run:
        outcome = carried_out(run)
    assert outcome.outcome is Ending.STOPPED and restarts(fleet)["lon-1"] == ("lon-1", 0)
    assert [step.action for step in outcome.remaining].count("restart") == 2


def test_a_run_that_is_asked_to_stop_begins_with_no_unit(lab: Lab, tmp_path: Path) -> None:
    fleet, stop = in_lab(lab), Stop()
    stop.wish()
    with run_of(fleet, tmp_path, stop=stop) as run:
        outcome = carried_out(run)
        assert run.journal.records == ()
    assert (outcome.outcome, outcome.code) == (Ending.NOT_STARTED, 6)
    assert [step.action for step in outcome.remaining] == ["name", "name", "restart", "restart"]


def test_the_command_that_resumes_renewals_refuses_a_run_of_another_job(lab: Lab, tmp_path: Path) -> None:
    fleet, stop = in_lab(lab), Stop()
    stop.wish()
    with run_of(fleet, tmp_path, stop=stop) as run:
        carried_out(run)
    with pytest.raises(RefusedError, match="of the job hostname") as refused:
        resume.run(nornir(fleet), run.folder)
    assert refused.value.code == "other-job"


def test_a_step_of_a_kind_that_nobody_knows_is_not_taken_for_another(lab: Lab, tmp_path: Path) -> None:
    fleet = in_lab(lab)
    with run_of(fleet, tmp_path) as run:
        run.journal.append(Event.INTENT, CLUSTER, node="lon-2", step="drain:lon-2", command="callbridge drain")
        with pytest.raises(RefusedError, match="a step 'drain', which this release does not know"):
            look_up(run, job_in(run))
        assert names(run.journal.records) == ["intent drain:lon-2"]
    assert restarts(fleet)["lon-2"] == ("lon-2", 0)
