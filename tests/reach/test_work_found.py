"""A desk sees which runs of its sites are at work, whoever has begun them, and can stay with one by its name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mmpctl.errors import UsageError
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.reach.answer_lines import Part, line_text
from mmpctl.reach.engine import Engine
from mmpctl.reach.lines.site_line import MOST_BYTES, Bounds
from mmpctl.reach.site_documents import past_runs
from mmpctl.reach.sites import sites_runs
from mmpctl.reach.tickets.spent_tickets import TicketFolder
from mmpctl.reach.tickets.work_requests import OperatorAsked
from mmpctl.reach.verbs import RunsRequest
from mmpctl.reports import tables
from mmpctl.reports.output import render
from mmpctl.runs.record import Event
from mmpctl.runs.runs_folder import create
from mmpctl.times import iso_exact, now_utc
from tests.support.children import PATIENCE_SECONDS
from tests.support.desk import Desk, desk_of
from tests.support.lab import Lab
from tests.support.lab_client import until
from tests.support.lying_site import lying_site

TICKET = "0a" * 16
CLUSTERS = [{"name": "lon-prod", "keeper": "lon-1"}]


def parts(runs: Path) -> dict[str, Part]:
    return {part.name: part for part in past_runs(RunsRequest(), runs)}


@pytest.mark.parametrize("verb", ["renew", "resume"])
def test_a_run_is_at_work_while_the_process_of_its_ticket_is(tmp_path: Path, verb: str) -> None:
    runs = tmp_path / "runs"
    begun = create(runs, {"command": "renew", "clusters": CLUSTERS, "ticket": TICKET}, now_utc())
    request = {"asked": {"by": "ann at desk-1"}, "run": begun.name}
    lock = TicketFolder.of(runs, TICKET).spend({"verb": verb, "at": iso_exact(now_utc()), "request": request})
    os.close(TicketFolder.of(runs, TICKET).output())
    (part,) = parts(runs).values()
    assert part.told["summary"]["at_work"] == {"ticket": TICKET, "by": "ann at desk-1"}
    (whole,) = past_runs(RunsRequest(begun.name), runs)
    assert whole.told["run"]["at_work"]["ticket"] == TICKET
    every, _ = sites_runs.runs(Engine(bounds=Bounds(PATIENCE_SECONDS, PATIENCE_SECONDS)), [lying_site(part)])
    shown = render(tables.runs(every), width=200)
    assert "▶ at work" in shown and "1 run, 0 unfinished, 1 at work" in shown and f"mmpctl resume {begun.name}" in shown
    os.close(lock)
    assert "at_work" not in parts(runs)[begun.name].told["summary"]


@pytest.mark.parametrize(
    ("name", "run", "ticket"),
    [
        ("; touch escaped", "; touch escaped", TICKET),
        ("20260131-120000-abcd", "20260131-120000-00aa", TICKET),
        ("20260131-120000-abcd", "20260131-120000-abcd", "../x"),
    ],
)
def test_what_is_no_name_of_a_run_or_ticket_is_not_taken(name: str, run: str, ticket: str) -> None:
    summary = {"run": run, "at": "2026-01-31T12:00:00Z", "state": "unfinished", "clusters": []}
    part = Part(name, {"summary": {**summary, "at_work": {"ticket": ticket, "by": "x"}}})
    every, (answer,) = sites_runs.runs(Engine(bounds=Bounds(PATIENCE_SECONDS, PATIENCE_SECONDS)), [lying_site(part)])
    assert every["runs"] == [] and answer.error is not None and "is not the name of a run" in answer.error.message


def test_a_journal_of_any_length_fits_into_a_line(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    run = create(runs, {"command": "renew", "clusters": CLUSTERS}, now_utc())
    journal = run.journal(now_utc)
    for number in range(12):
        journal.append(Event.SEEN, "lon-prod", detail={"message": f"{number} " + "x" * 500_000})
    journal.close()
    (part,) = past_runs(RunsRequest(run.name), runs)
    told = part.told["run"]
    assert told["records_left_out"] + len(told["records"]) == 12 and len(line_text(part)) < MOST_BYTES
    assert told["records"][-1]["detail"]["message"].startswith("11 ")
    few = {**told, "records": []}
    assert f"{told['records_left_out']} earlier records are at the site only" in render(tables.run(few), width=200)


@pytest.mark.parametrize("minutes", [0, -1, 1441, 1e300])
def test_a_desk_cannot_ask_for_an_operation_without_end(minutes: float) -> None:
    with pytest.raises(UsageError, match="at most a day"):
        OperatorAsked(operation_minutes=minutes).check()
    OperatorAsked(operation_minutes=1440).check()


@pytest.fixture
def desk(lab: Lab, tmp_path: Path) -> Iterator[tuple[Fleet, Desk]]:
    fleet = lab("expired", faults=[Fault("lon-2", "operation", "hang", match="remove")])
    here = desk_of(fleet, tmp_path)
    yield fleet, here
    here.clear()


@pytest.mark.gate
def test_another_desk_stays_with_a_renewal_by_the_name_of_its_run(desk: tuple[Fleet, Desk], tmp_path: Path) -> None:
    fleet, one = desk
    other = replace(one, place=tmp_path / "other-desk")
    other.place.mkdir()
    with one.renews() as first:
        until(lambda: bool(fleet.log.select("accepted")), "the first remove", seconds=PATIENCE_SECONDS)
        (run,) = one.runs()
        with other.types("resume", run) as second:
            heard = other.hears(second, "wave 3 of")
            one.folders()[0].ask_to_stop(insist=True)
            code, document = other.told(second)
        assert one.told(first)[0] == code == 6
    assert "has begun with this run" in heard and "wave 1 of" in heard
    assert document["clusters"][0]["run"] == run and one.runs() == [run]
    assert other.waiting() == one.waiting() == [] and not (other.place / "runs.sent").exists()
