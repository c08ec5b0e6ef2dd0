"""A site renews by a ticket: once, as it was planned, in a process that outlives whoever asked."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mmpctl.errors import UsageError
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.reach.answer_lines import Part
from mmpctl.reach.tickets.renewal_place import RenewalPlace
from mmpctl.reach.tickets.site_renewal import work_on_run
from mmpctl.reach.tickets.spent_tickets import TicketFolder
from mmpctl.reach.tickets.ticket import Ticket, TicketRefused
from mmpctl.reach.tickets.ticket_home import home_id
from mmpctl.reach.tickets.ticket_work import carry_out
from mmpctl.reach.tickets.told_progress import read_event
from mmpctl.reach.tickets.work_requests import FollowRequest, RenewRequest, ResumeRequest, StopRequest
from mmpctl.reach.wire import to_wire
from mmpctl.times import iso_exact, now_utc
from tests.support.children import PATIENCE_SECONDS
from tests.support.fleet import CLUSTER, KEEPER, accepted, nornir
from tests.support.gate import some
from tests.support.lab import Lab
from tests.support.lab_client import until
from tests.support.site_process import SiteProcess, site_process
from tests.support.site_tickets import SITE, renewing_options, renewing_ticket, ticket_for

KEEPERS = {CLUSTER: KEEPER}


@pytest.fixture
def expired(lab: Lab) -> Fleet:
    return lab("expired")


def begin(ticket: Ticket, **more: Any) -> dict[str, Any]:
    """The request of a desk whose operator has named the keeper."""
    asked = {"by": "ann at the desk", "keepers": KEEPERS, **more}
    return {"verb": "renew", "held": True, "ticket": to_wire(ticket), "asked": asked}


def asked(fleet: Fleet, place: Path, request: dict[str, Any], *more: str) -> list[dict[str, Any]]:
    """What a site says to one request, up to the end."""
    with site_process(fleet, place, *renewing_options(fleet, place), *more) as site:
        site.ask(request)
        lines = list(site.lines())
        site.code()
    return lines


def told(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line["told"] for line in lines if line["line"] == "part"]


def ends_with(fleet: Fleet, place: Path, request: dict[str, Any], *more: str) -> dict[str, Any]:
    """The last that a site tells of a ticket."""
    return told(asked(fleet, place, request, *more))[-1]


def runs(place: Path) -> list[str]:
    return sorted(one.name for one in (place / "runs").glob("*"))


@pytest.fixture
def over(tmp_path: Path) -> Iterator[None]:
    """No process that a ticket has begun outlives the test."""
    yield
    tickets = [TicketFolder(path) for path in (tmp_path / "runs.tickets").glob("*")]
    for ticket in tickets:
        ticket.ask_to_stop(insist=True)
    until(lambda: not any(ticket.is_held() for ticket in tickets), "their end", seconds=PATIENCE_SECONDS)


@pytest.mark.gate
def test_a_ticket_renews_and_its_progress_is_told_from_any_point_on(expired: Fleet, tmp_path: Path) -> None:
    ticket = renewing_ticket(expired)
    *events, end = told(asked(expired, tmp_path, begin(ticket)))
    assert (end["standing"], end["code"]) == ("ended", 0), end
    (run,) = runs(tmp_path)
    (cluster,) = end["answer"]["clusters"]
    assert (end["run"], end["answer"]["run"], cluster["outcome"]) == (run, run, "renewed")
    assert "planned" in [event["what"] for event in events] and events[-1]["what"] == "finished"
    begun = accepted(expired)
    assert begun and not any("initialize" in line for line in begun[:2])
    # Sent once more, it begins nothing; followed, it tells the same.
    again = asked(expired, tmp_path, begin(ticket))
    assert (again[-1]["line"], again[-1]["code"]) == ("error", "spent-ticket")
    assert told(asked(expired, tmp_path, {"verb": "follow", "ticket": ticket.id})) == [*events, end]
    rest = told(asked(expired, tmp_path, {"verb": "follow", "ticket": ticket.id, "past": len(events) - 1}))
    assert rest == [events[-1], end]
    # The folder of tickets as it was before, out of a backup: the run says that the ticket was spent.
    shutil.rmtree(tmp_path / "runs.tickets")
    again = asked(expired, tmp_path, begin(ticket))
    assert (again[-1]["line"], again[-1]["code"]) == ("error", "spent-ticket")
    lost = ends_with(expired, tmp_path, {"verb": "follow", "ticket": ticket.id})
    assert (lost["standing"], lost["run"], lost["clusters"][0]["outcome"]) == ("finished", run, "renewed")
    assert accepted(expired) == begun and runs(tmp_path) == [run]


@pytest.mark.parametrize(
    ("changes", "code"),
    some(
        [
            ({"made": now_utc() - timedelta(hours=1)}, "old-ticket"),
            ({"site": "oslo"}, "ticket"),
            ({"inventory": "ab" * 32}, "other-site-inventory"),
            ({"good_seconds": 100_000}, "ticket"),
            ({"work": "osl-prod"}, "usage"),
            ({"id": "../../escape"}, "wire"),
        ],
        every=6,
    ),
)
def test_a_ticket_that_is_not_taken_is_not_spent(
    expired: Fleet, tmp_path: Path, changes: dict[str, Any], code: str
) -> None:
    ticket = replace(ticket_for(expired, "ab" * 32), **changes)
    *_, last = asked(expired, tmp_path, begin(ticket))
    assert (last["line"], last["code"]) == ("error", code)
    assert runs(tmp_path) == [] and list((tmp_path / "runs.tickets").glob("*/ticket.json")) == []
    assert not expired.log.select("connect"), "no node has heard of it"


def test_another_machine_of_the_site_with_a_folder_of_its_own_neither_spends_nor_withdraws(
    expired: Fleet, tmp_path: Path
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for place in (one, other):
        place.mkdir()
    ticket = ticket_for(expired, "ab" * 32, home=home_id(one / "runs"))
    follow = {"verb": "follow", "ticket": ticket.id, "home": ticket.home}
    for request in (begin(ticket), follow, {**follow, "verb": "stop"}):
        *_, last = asked(expired, other, request)
        assert (last["line"], last["code"]) == ("error", "other-home")
    assert not (other / "runs.tickets").exists() and runs(other) == []
    assert ends_with(expired, one, follow)["standing"] == "withdrawn"


def test_a_plan_tells_where_its_ticket_may_be_spent(expired: Fleet, tmp_path: Path) -> None:
    request = {"verb": "plan", "clusters": [CLUSTER], "keepers": KEEPERS}
    (part,) = told(asked(expired, tmp_path, request))
    assert part["confirm"]["home"] == home_id(tmp_path / "runs") != ""


@pytest.mark.parametrize("work", [CLUSTER, "20260131-120000-00aa"])
def test_a_machine_that_stood_still_after_it_had_spent_a_ticket_begins_nothing(
    expired: Fleet, tmp_path: Path, work: str
) -> None:
    place = RenewalPlace(SITE, nornir(expired), expired.inventory, tmp_path / "runs", expired.certificates, True, ())
    ticket = ticket_for(expired, "ab" * 32, work, made=now_utc() - timedelta(hours=1))
    request = RenewRequest(ticket) if work == CLUSTER else ResumeRequest(work, ticket)
    folder = TicketFolder.of(place.runs, ticket.id)
    lock = folder.spend({"verb": request.verb.value, "at": iso_exact(now_utc()), "request": to_wire(request)})
    assert carry_out(place, ticket.id) == 5
    os.close(lock)
    answer = folder.answer()
    assert answer is not None and re.search(r"3[67]\d\d seconds old, and was good for 120", answer["error"])
    assert not expired.log.select("connect") and runs(tmp_path) == []


@pytest.mark.parametrize(
    "request_",
    [
        RenewRequest(Ticket("0a" * 16, SITE, CLUSTER, "ab" * 32, "cd" * 32, now_utc())),
        ResumeRequest("20260131-120000-00aa"),
        FollowRequest("0a" * 16),
        StopRequest("0a" * 16),
    ],
)
def test_a_site_that_only_looks_refuses_and_writes_nothing(
    expired: Fleet, tmp_path: Path, request_: RenewRequest | ResumeRequest | FollowRequest | StopRequest
) -> None:
    place = RenewalPlace(SITE, nornir(expired), expired.inventory, tmp_path / "runs", expired.certificates, False, ())
    with pytest.raises(TicketRefused, match="the site london does not renew"):
        work_on_run(place, request_, lambda _: None)
    assert not expired.log.select("connect") and not (tmp_path / "runs.tickets").exists()


def test_progress_that_a_full_disk_has_cut_is_told_as_such(expired: Fleet, tmp_path: Path) -> None:
    place = RenewalPlace(SITE, nornir(expired), expired.inventory, tmp_path / "runs", None, True, ())
    ticket = ticket_for(expired, "ab" * 32)
    folder = TicketFolder.of(place.runs, ticket.id)
    os.close(folder.spend({"verb": "renew", "at": "2026-01-31T12:00:00Z", "request": {}}))
    for line in ('{"at":"2026-01-31T12:0', "[]", '{"at":"2026-01-31T12:00:00Z","what":"note","text":"whole"}'):
        folder.append_progress(line)
    told: list[Part] = []
    work_on_run(place, FollowRequest(ticket.id), told.append)
    *events, end = told
    assert [read_event(one.told).text.partition(" at ")[0] for one in events] == [
        "a part of the progress could not be written",
        "a part of the progress could not be written",
        "whole",
    ]
    assert end.told["standing"] == "not begun"


@pytest.mark.gate
@pytest.mark.parametrize("asked_", [{"keepers": {}}, {"keepers": {CLUSTER: "lon-2"}}, {}])
def test_another_plan_than_the_confirmed_one_is_refused(expired: Fleet, tmp_path: Path, asked_: dict[str, Any]) -> None:
    ticket = renewing_ticket(expired) if asked_ else ticket_for(expired, "ab" * 32)
    end = ends_with(expired, tmp_path, begin(ticket, **asked_))
    assert (end["standing"], end["code"], end["run"]) == ("ended", 5, None)
    assert accepted(expired) == [] and runs(tmp_path) == []


@pytest.mark.gate
def test_the_word_of_the_desk_is_kept_in_the_run(expired: Fleet, tmp_path: Path) -> None:
    ticket = renewing_ticket(expired)
    end = ends_with(expired, tmp_path, begin(ticket, reason="its backup is the newest"))
    request = json.loads((tmp_path / "runs" / end["run"] / "request.json").read_text())
    (cluster,) = request["clusters"]
    assert request["ticket"] == ticket.id
    assert (cluster["keeper_confirmed_by"], cluster["keeper_reason"]) == ("ann at the desk", "its backup is the newest")


def test_a_ticket_that_never_came_is_withdrawn_by_whoever_asks(expired: Fleet, tmp_path: Path) -> None:
    ticket = ticket_for(expired, "ab" * 32)
    assert ends_with(expired, tmp_path, {"verb": "follow", "ticket": ticket.id})["standing"] == "withdrawn"
    # It was only late.
    *_, last = asked(expired, tmp_path, begin(ticket))
    assert (last["line"], last["code"]) == ("error", "spent-ticket")
    assert not expired.log.select("connect") and runs(tmp_path) == []


def hung_up(site: SiteProcess) -> None:
    site.input.close()
    site.code()


def killed(site: SiteProcess) -> None:
    site.process.kill()
    site.code()


def deaf(site: SiteProcess) -> None:
    site.stops_listening()
    site.code()


@pytest.mark.gate
@pytest.mark.parametrize("cut", [hung_up, killed, deaf])
@pytest.mark.usefixtures("over")
def test_what_was_begun_goes_on_when_nobody_listens(
    expired: Fleet, tmp_path: Path, cut: Callable[[SiteProcess], None]
) -> None:
    ticket = renewing_ticket(expired)
    with site_process(expired, tmp_path, *renewing_options(expired, tmp_path)) as site:
        site.ask(begin(ticket))
        heard = [next(site.lines()), next(site.lines())]
        cut(site)
    end = ends_with(expired, tmp_path, {"verb": "follow", "held": True, "ticket": ticket.id})
    assert (end["standing"], end["code"]) == ("ended", 0), (heard, end)
    assert len(runs(tmp_path)) == 1


@pytest.mark.gate
@pytest.mark.usefixtures("over")
def test_two_desks_at_once_renew_once(expired: Fleet, tmp_path: Path) -> None:
    tickets = renewing_ticket(expired), renewing_ticket(expired)
    with (
        site_process(expired, tmp_path, *renewing_options(expired, tmp_path)) as one,
        site_process(expired, tmp_path, *renewing_options(expired, tmp_path)) as other,
    ):
        for site, ticket in zip((one, other), tickets, strict=True):
            site.ask(begin(ticket))
        ends = [told(list(site.lines()))[-1] for site in (one, other)]
    codes = sorted(end["code"] for end in ends)
    # The other one was locked out, or came when the plan did not hold any more, or when there was nothing left to do.
    assert codes[0] == 0 and codes[1] in (0, 5, 9), ends
    assert len(runs(tmp_path)) == 1 and sum("initialize" in line for line in accepted(expired)) == 1


@pytest.fixture
def hanging(lab: Lab) -> Fleet:
    """A cluster of which one slave never leaves."""
    return lab("expired", faults=[Fault("lon-2", "operation", "hang", match="remove")])


@pytest.mark.gate
@pytest.mark.usefixtures("over")
def test_it_stops_when_the_desk_asks_for_it(hanging: Fleet, tmp_path: Path) -> None:
    ticket = renewing_ticket(hanging)
    with site_process(hanging, tmp_path, *renewing_options(hanging, tmp_path)) as site:
        site.ask(begin(ticket))
        until(lambda: bool(hanging.log.select("accepted", node="lon-2")), "the remove", seconds=PATIENCE_SECONDS)
        asked_to = [{"verb": "stop", "ticket": ticket.id, "insist": insist} for insist in (False, True)]
        assert [ends_with(hanging, tmp_path, one)["standing"] for one in asked_to] == ["running", "running"]
        lines = list(site.lines())
    *events, end = told(lines)
    assert (end["standing"], end["code"]) == ("ended", 6)
    assert [event["text"].partition(".")[0] for event in events if event["what"] == "stops"] == [
        "Stopping",
        "Stopping without waiting",
    ]
    assert not hanging.log.select("accepted", node=KEEPER)
    # Who asks later asks nobody, and is told.
    assert ends_with(hanging, tmp_path, asked_to[0]) == end


def workers(ticket: Ticket) -> list[int]:
    """The processes that a ticket has begun."""
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if folder.name.isdigit() and f"--spent\0{ticket.id}" in (folder / "cmdline").read_text():
                found.append(int(folder.name))
    return found


@pytest.fixture
def stuck(lab: Lab) -> Fleet:
    """A cluster of which one slave falls silent while it is sent its new files; once."""
    return lab("expired", faults=[Fault("lon-2", "upload", "freeze")])


def dies(fleet: Fleet, place: Path, ticket: Ticket) -> dict[str, Any]:
    """Let the process of a renewal die when the slave has fallen silent; what is told of the ticket then."""
    with site_process(fleet, place, *renewing_options(fleet, place)) as site:
        site.ask(begin(ticket))
        until(lambda: bool(fleet.log.select("fault", node="lon-2")), "the silence", seconds=PATIENCE_SECONDS)
        (worker,) = workers(ticket)
        os.kill(worker, signal.SIGKILL)
        return told(list(site.lines()))[-1]


@pytest.mark.gate
def test_a_run_whose_process_has_died_is_resumed_by_another_ticket(stuck: Fleet, tmp_path: Path) -> None:
    end = dies(stuck, tmp_path, renewing_ticket(stuck))
    (run,) = runs(tmp_path)
    assert (end["standing"], end["run"], end["clusters"]) == (
        "interrupted",
        run,
        [{"name": CLUSTER, "outcome": None, "code": None, "reason": None}],
    )
    look = {"verb": "resume", "run": run, "asked": {"by": "ann"}}
    before = (tmp_path / "runs" / run / "journal.jsonl").read_bytes()
    rest = ends_with(stuck, tmp_path, look)
    assert [unit["name"] for unit in rest["units"]] == [CLUSTER] and rest["units"][0]["steps"]
    assert (tmp_path / "runs" / run / "journal.jsonl").read_bytes() == before, "a look leaves the run as it was"
    stale = ticket_for(stuck, "ab" * 32, run)
    assert ends_with(stuck, tmp_path, {**look, "ticket": to_wire(stale)})["code"] == 5
    assert (tmp_path / "runs" / run / "journal.jsonl").read_bytes() == before
    ticket = ticket_for(stuck, rest["digest"], run)
    resumed = ends_with(stuck, tmp_path, {**look, "ticket": to_wire(ticket)})
    assert (resumed["standing"], resumed["code"], resumed["run"]) == ("ended", 0, run)
    # Now nothing is left, and a look says so.
    over = ends_with(stuck, tmp_path, look)
    assert (over["digest"], over["code"], over["answer"]["clusters"][0]["outcome"]) == (None, 0, "nothing to do")


@pytest.mark.parametrize("run", ["../../etc", "latest", "", "20260131-120000-00aa", "/etc/passwd"])
def test_only_the_name_of_a_run_is_resumed(expired: Fleet, tmp_path: Path, run: str) -> None:
    place = RenewalPlace("london", nornir(expired), expired.inventory, tmp_path / "runs", None, True, ())
    with pytest.raises(UsageError):
        work_on_run(place, ResumeRequest(run, ticket_for(expired, "ab" * 32, run)), lambda _: None)
    assert not (tmp_path / "runs.tickets").exists()
