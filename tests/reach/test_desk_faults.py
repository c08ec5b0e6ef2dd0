"""Whatever dies, is cut or comes late between desk and site: a cluster is renewed once; what is not known is asked."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.reach.tickets.sent_tickets import SentTickets
from mmpctl.reach.tickets.spent_tickets import TicketFolder
from tests.support.children import PATIENCE_SECONDS
from tests.support.desk import Desk, desk_of
from tests.support.fleet import CLUSTER, KEEPER, accepted
from tests.support.lab import Lab
from tests.support.lab_client import until
from tests.support.site_tickets import renewing_ticket

HANG = [Fault("lon-2", "operation", "hang", match="remove")]


@pytest.fixture
def expired(lab: Lab) -> Fleet:
    return lab("expired")


@pytest.fixture
def hanging(lab: Lab) -> Fleet:
    """A cluster of which one slave never leaves."""
    return lab("expired", faults=HANG)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Callable[[Fleet], Desk]]:
    """A desk and its site; what a ticket has begun there does not outlive the test."""
    made: list[Desk] = []

    def make(fleet: Fleet) -> Desk:
        made.append(desk_of(fleet, tmp_path))
        return made[-1]

    yield make
    for one in made:
        one.clear()


def begun(fleet: Fleet) -> None:
    until(lambda: bool(fleet.log.select("accepted")), "the first remove", seconds=PATIENCE_SECONDS)


def once(fleet: Fleet) -> bool:
    """Whether the keeper's database was set up once, and no node left its cluster twice."""
    told = accepted(fleet)
    removed = [line for line in told if "remove" in line]
    return sum("initialize" in line for line in told) == 1 and len(removed) == len(set(removed))


@pytest.mark.gate
def test_a_line_that_is_cut_is_taken_up(expired: Fleet, desk: Callable[[Fleet], Desk]) -> None:
    here = desk(expired)
    with here.renews() as process:
        begun(expired)
        for pid in here.site_programs(process):
            os.kill(pid, signal.SIGKILL)
        code, document = here.told(process)
    assert (code, document["clusters"][0]["outcome"]) == (0, "renewed")
    assert once(expired) and len(here.runs()) == 1 and here.waiting() == []


@pytest.mark.gate
def test_a_desk_that_dies_is_followed_by_another(hanging: Fleet, desk: Callable[[Fleet], Desk]) -> None:
    here = desk(hanging)
    with here.renews() as process:
        begun(hanging)
        process.kill()
    (ticket,) = here.waiting()
    # Given once more, the command looks, and sends nothing.
    with here.renews() as process:
        code, document = here.told(process)
    assert (code, document["clusters"][0]["outcome"]) == (9, "not started")
    assert ticket in document["clusters"][0]["advice"][0] and here.waiting() == [ticket]
    with here.types("resume", ticket) as process:
        heard = here.hears(process, "wave 3 of")
        process.send_signal(signal.SIGINT)
        heard += here.hears(process, "Press Ctrl-C again")
        process.send_signal(signal.SIGINT)
        code, document = here.told(process)
    assert (code, document["clusters"][0]["outcome"]) == (6, "stopped")
    assert here.waiting() == [] and len(here.runs()) == 1
    assert "wave 1 of" in heard, "from its beginning"
    assert document["clusters"][0]["name"] == CLUSTER and not hanging.log.select("accepted", node=KEEPER)


@pytest.mark.gate
def test_a_ticket_that_was_written_down_and_not_sent_is_never_spent(
    expired: Fleet, desk: Callable[[Fleet], Desk]
) -> None:
    here = desk(expired)
    late = renewing_ticket(expired)
    SentTickets.of(here.place / "runs").write(late)
    with here.renews() as process:
        code, _ = here.told(process)
    assert code == 0 and here.waiting() == [] and once(expired)
    assert TicketFolder.of(here.site / "runs", late.id).told() == {"withdrawn": True}


@pytest.mark.gate
def test_the_process_at_the_site_dies_and_is_resumed(lab: Lab, desk: Callable[[Fleet], Desk]) -> None:
    fleet = lab("expired", faults=[Fault("lon-2", "upload", "freeze")])
    here = desk(fleet)
    with here.renews() as process:
        until(lambda: bool(fleet.log.select("fault", node="lon-2")), "the silence", seconds=PATIENCE_SECONDS)
        for pid in here.workers():
            os.kill(pid, signal.SIGKILL)
        code, document = here.told(process)
    (run,) = here.runs()
    (cluster,) = document["clusters"]
    assert (code, cluster["outcome"], cluster["run"]) == (7, "stopped", run)
    assert f"mmpctl resume {run} --engine" in cluster["advice"][0]
    with here.renews() as process:
        code, document = here.told(process)
    assert code == 5 and "is not finished" in document["clusters"][0]["reason"], "no second run beside the first"
    with here.types("resume", run, "--yes") as process:
        code, document = here.told(process)
    assert (code, document["clusters"][0]["outcome"], document["run"]) == (0, "renewed", run)
    assert once(fleet) and here.runs() == [run] and here.waiting() == []


@pytest.mark.gate
def test_a_wish_to_stop_reaches_the_site(hanging: Fleet, desk: Callable[[Fleet], Desk]) -> None:
    here = desk(hanging)
    with here.renews() as process:
        begun(hanging)
        process.send_signal(signal.SIGINT)
        until(lambda: any(ticket.asked_to_stop()[0] for ticket in here.folders()), "the wish", seconds=PATIENCE_SECONDS)
        process.send_signal(signal.SIGINT)
        code, document = here.told(process)
    assert (code, document["clusters"][0]["outcome"]) == (6, "stopped")
    assert document["clusters"][0]["remaining"] and not hanging.log.select("accepted", node=KEEPER)


@pytest.mark.gate
def test_two_desks_at_once_renew_once(expired: Fleet, desk: Callable[[Fleet], Desk]) -> None:
    here = desk(expired)
    with here.renews("--runs", "other") as other, here.renews() as process:
        ends = [here.told(one) for one in (process, other)]
    codes = sorted(code for code, _ in ends)
    # The other one was locked out, or its plan did not hold any more, or there was nothing left to do.
    assert codes[0] == 0 and codes[1] in (0, 5, 9), ends
    assert once(expired) and len(here.runs()) == 1
