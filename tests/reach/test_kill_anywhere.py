"""Desk and site may die at each step on the disk: what a ticket was for is begun once or never, and that is known."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mmpctl.cluster.foreign_runs import is_run
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import deployment
from mmpctl.reach.services_asked import ServicesAsked
from mmpctl.reach.tickets.renewal_place import RenewalPlace
from mmpctl.reach.tickets.sent_tickets import SentTickets
from mmpctl.reach.tickets.site_renewal import work_on_run
from mmpctl.reach.tickets.spent_tickets import TicketFolder
from mmpctl.reach.tickets.ticket import Ticket
from mmpctl.reach.tickets.ticket_state import Standing
from mmpctl.reach.tickets.ticket_traces import end_of
from mmpctl.reach.tickets.work_requests import FollowRequest, OperatorAsked, RenewRequest
from tests.support.children import PATIENCE_SECONDS
from tests.support.deaths import at_each_death
from tests.support.fleet import CLUSTER, KEEPER, accepted, nornir
from tests.support.lab import Lab
from tests.support.lab_client import until
from tests.support.process import environment, quick_to_read
from tests.support.service_runs import told
from tests.support.site_tickets import SITE, renewing_ticket, services_ticket, ticket_for


@dataclass(frozen=True)
class AtSite:
    """A site of a lab, and what a desk has it begin.

    Args:
        fleet: the lab.
        site: what starts processes there.
        services: that are renewed; None for the database cluster.
    """

    fleet: Fleet
    site: RenewalPlace
    services: ServicesAsked | None

    def ticket(self, digest: str | None = None) -> Ticket:
        """A ticket for what is planned now, unless another digest is given."""
        job = "database" if self.services is None else "services"
        if digest is not None:
            return ticket_for(self.fleet, digest, job=job)
        return renewing_ticket(self.fleet) if self.services is None else services_ticket(self.fleet, self.services)

    def request(self, ticket: Ticket) -> RenewRequest:
        """The request of a desk whose operator has said what is wanted."""
        if self.services is None:
            return RenewRequest(ticket, asked=OperatorAsked("ann", {CLUSTER: KEEPER}))
        return RenewRequest(ticket, asked=OperatorAsked("ann"), services=self.services)

    def begun(self) -> list[str]:
        """What must happen once, and what has harmed a node before."""
        if self.services is None:
            return [line for line in accepted(self.fleet) if "initialize" in line]
        return [line for line in told(self.fleet, "webbridge3") if line.endswith("disable")]


@pytest.fixture(params=[pytest.param("database"), pytest.param("services", marks=pytest.mark.gate)])
def place(request: pytest.FixtureRequest, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AtSite:
    """A site, for each job; what it starts signs in as we do."""
    of_services = request.param == "services"
    fleet = quick_to_read(lab(deployment() if of_services else "expired"))
    for name, value in environment(fleet).items():
        monkeypatch.setenv(name, value)
    runs, certs = tmp_path / "runs", fleet.service_certificates if of_services else fleet.certificates
    words = ("site", "--site", SITE, "-i", str(fleet.inventory), "--certs", str(certs), "--runs", str(runs))
    site = RenewalPlace(SITE, nornir(fleet), fleet.inventory, runs, certs, True, words)
    return AtSite(fleet, site, ServicesAsked(("webbridge3",), ("lon-edge-1",)) if of_services else None)


def came_to_its_end(place: RenewalPlace, ticket: Ticket) -> Standing:
    """What whoever asks is told in the end."""
    heard: list[str | None] = []
    work_on_run(place, FollowRequest(ticket.id), lambda part: heard.append(part.told.get("standing")))
    return Standing(heard[-1])


def test_a_site_that_dies_before_the_ticket_or_before_the_start_has_begun_nothing(place: AtSite) -> None:
    # The process has nothing to do: that a ticket begins it is what is tried here.
    site = replace(place.site, words=("--help",))
    tickets = [place.ticket("ab" * 32)]
    found: list[Standing] = []

    def begin() -> None:
        site.begin(TicketFolder.of(site.runs, tickets[-1].id), place.request(tickets[-1]))

    def check() -> None:
        folder = TicketFolder.of(site.runs, tickets[-1].id)
        until(lambda: not folder.is_held(), "its end", seconds=PATIENCE_SECONDS)
        found.append(came_to_its_end(site, tickets[-1]))
        output = folder.path / "output.txt"
        assert not output.exists() or output.read_text() == "", "no process was started"
        with pytest.raises(Exception, match="spent or withdrawn before"):
            site.begin(folder, place.request(tickets[-1]))
        tickets.append(place.ticket("ab" * 32))

    assert at_each_death(begin, check) > 8
    assert set(found) == {Standing.WITHDRAWN, Standing.NOT_BEGUN}
    assert found == sorted(found, key=lambda one: one is Standing.NOT_BEGUN), "first not spent, then not begun"
    last = TicketFolder.of(site.runs, tickets[-1].id)
    until(lambda: not last.is_held(), "its end", seconds=PATIENCE_SECONDS)
    assert "Usage" in (last.path / "output.txt").read_text(), "whoever lives on has started it"


@pytest.mark.gate
def test_a_process_that_dies_before_there_is_a_run_has_changed_nothing(place: AtSite) -> None:
    fleet, site = place.fleet, place.site
    ticket, node = place.ticket(), list(fleet.nodes)[-1]
    folder = TicketFolder.of(site.runs, ticket.id)
    fleet.faults.add(Fault(node, "command", "freeze"))
    site.begin(folder, place.request(ticket))
    until(lambda: bool(fleet.log.select("fault", node=node)), "the silence", seconds=PATIENCE_SECONDS)
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        if f"--spent\0{ticket.id}" in one.read_text():
            os.kill(int(one.parent.name), 9)
    until(lambda: not folder.is_held(), "its end", seconds=PATIENCE_SECONDS)
    assert end_of(site.runs, folder).standing is Standing.NOT_BEGUN
    assert accepted(fleet) == place.begun() == [] and not site.runs.exists()


@pytest.mark.gate
def test_the_process_is_the_only_one_that_a_ticket_ever_begins(place: AtSite) -> None:
    site, ticket = place.site, place.ticket()
    site.begin(TicketFolder.of(site.runs, ticket.id), place.request(ticket))
    assert came_to_its_end(site, ticket) is Standing.ENDED
    with pytest.raises(Exception, match="no running program has spent the ticket"):
        TicketFolder.of(site.runs, ticket.id).begin()
    (run,) = site.runs.iterdir()
    assert is_run(run.name) and len(place.begun()) == 1


def test_a_desk_that_dies_while_it_writes_a_ticket_has_it_whole_or_not(tmp_path: Path, lab: Lab) -> None:
    sent, tickets = SentTickets.of(tmp_path / "runs"), [ticket_for(lab("expired"), "ab" * 32)]

    def again(one: Ticket) -> Ticket:
        return replace(one, id=f"{int(one.id, 16) ^ (len(tickets) << 64):032x}")

    def check() -> None:
        assert sent.open() in ((), (tickets[-1],))
        for one in sent.open():
            sent.settle(one, {"standing": "withdrawn"})
        assert sent.open() == ()
        tickets.append(again(tickets[0]))

    assert at_each_death(lambda: sent.write(tickets[-1]), check) > 2
    assert sent.open() == (tickets[-1],) and sent.find(tickets[-1].id) == tickets[-1]


def test_a_desk_that_dies_while_it_writes_how_it_ended_asks_again(tmp_path: Path, lab: Lab) -> None:
    sent, ticket = SentTickets.of(tmp_path / "runs"), ticket_for(lab("expired"), "ab" * 32)
    sent.write(ticket)

    def check() -> None:
        assert sent.open() in ((), (ticket,))

    assert at_each_death(lambda: sent.settle(ticket, {"standing": "ended"}), check) > 2
    assert sent.open() == ()
