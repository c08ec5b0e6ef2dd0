"""The desk's part of renewals at sites: a ticket for each cluster, in turn, on the disk before it is sent."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mmpctl.cluster.database_words import DATABASE_CLUSTER
from mmpctl.cluster.step import Step
from mmpctl.documents.forms import Sha256
from mmpctl.errors import UsageError
from mmpctl.inventory.nodes import Node
from mmpctl.reach.engine import Engine
from mmpctl.reach.services_asked import ServicesAsked
from mmpctl.reach.site_inventory import digest_of, nodes_around
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.reach.tickets.pursuit import Patience, Pursued, Pursuit
from mmpctl.reach.tickets.sent_tickets import SentTickets
from mmpctl.reach.tickets.ticket import Ticket
from mmpctl.reach.tickets.ticket_state import Standing
from mmpctl.reach.tickets.told_outcome import ToldOutcome, outcome_of, units_of
from mmpctl.reach.tickets.told_progress import Replay
from mmpctl.reach.tickets.work_requests import OperatorAsked, RenewRequest, ResumeRequest, ShapeAsked
from mmpctl.reach.wire import to_wire
from mmpctl.renewal.context import Watch
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.rollout import Rollout, in_turn
from mmpctl.renewal.unit import Unit
from mmpctl.runs.ending import Ending
from mmpctl.times import now_utc


@dataclass(frozen=True, slots=True)
class ReadyCluster:
    """A cluster or a group of nodes whose plan was confirmed.

    Args:
        unit: the cluster, or the group.
        site: that renews it.
        digest: of the plan.
        shape: how it is taken apart.
        asked: what the operator has said.
        services: which services are renewed; None for the database cluster.
        home: id of the site's folder of tickets; empty if it did not tell.
        steps: none are known here; the site has them.
    """

    unit: Unit
    site: RemoteSite
    digest: Sha256
    shape: ShapeAsked = field(default_factory=ShapeAsked)
    asked: OperatorAsked = field(default_factory=OperatorAsked)
    services: ServicesAsked | None = None
    home: str = ""
    steps: tuple[Step, ...] = ()

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.unit.name


@dataclass(frozen=True, slots=True)
class RestAtSite:
    """The rest of a run at a site, which was confirmed.

    Args:
        site: where it is.
        run: its name.
        units: of the run.
        digest: of what is left.
        asked: what the operator has said.
        accept_run: a person's word that this is the run that it says.
        job: of the run.
        home: id of the site's folder of tickets; empty if it did not tell.
    """

    site: RemoteSite
    run: str
    units: tuple[Unit, ...]
    digest: Sha256
    asked: OperatorAsked
    accept_run: bool = False
    job: str = DATABASE_CLUSTER
    home: str = ""


class DeskRenewal:
    """Begins, resumes and follows runs at sites.

    Args:
        engine: carries the requests.
        everybody: all nodes of the desk's inventory.
        sent: the desk's tickets.
        watch: who watches.
        patience: how long a site that does not answer is asked again.
    """

    def __init__(
        self,
        engine: Engine,
        everybody: Sequence[Node],
        sent: SentTickets,
        watch: Watch,
        patience: Patience | None = None,
    ) -> None:
        self._engine = engine
        self._everybody = everybody
        self._sent = sent
        self._watch = watch
        self._patience = patience or Patience()

    def renew(self, ready: Sequence[ReadyCluster], rollout: Rollout) -> dict[str, ToldOutcome]:
        """Have clusters renewed, a few at a time, as one machine does.

        Args:
            ready: in the order in which they begin.
            rollout: which go first, how many at a time, and how many may fail.

        Returns:
            How it ended for each, by name.
        """
        told: dict[str, ToldOutcome] = {}

        def act(one: ReadyCluster) -> UnitOutcome:
            ticket = self._ticket(one.site, one.name, one.digest, one.unit.job, one.home)
            request = RenewRequest(ticket, one.shape, one.asked, one.services)
            try:
                (told[one.name],) = self._begun(one.site, ticket, request, (one.unit,))
            except UsageError as error:
                # It could not be written down, and so was not sent. What has become of the others is told all the same.
                told[one.name] = ToldOutcome(UnitOutcome(one.unit, Ending.REFUSED, error.message, (error.advice,)))
                self._watch.progress.finished(one.name, Ending.REFUSED, error.message)
            return told[one.name].unit

        self._watch.progress.queued(tuple(one.name for one in ready))
        for outcome in in_turn(ready, rollout, self._watch.stop, act):
            if outcome.name not in told:
                told[outcome.name] = ToldOutcome(outcome)
                self._watch.progress.finished(outcome.name, outcome.outcome, outcome.reason)
        return told

    def resume(self, rest: RestAtSite) -> dict[str, ToldOutcome]:
        """Have an interrupted run gone on with.

        Args:
            rest: of the run, as it was confirmed.

        Returns:
            How it ended for each unit, by name.
        """
        ticket = self._ticket(rest.site, rest.run, rest.digest, rest.job, rest.home)
        request = ResumeRequest(rest.run, ticket, rest.asked, rest.accept_run)
        return {one.unit.name: one for one in self._begun(rest.site, ticket, request, rest.units)}

    def take_up(self, site: RemoteSite, ticket: Ticket, *, begun: bool = False) -> dict[str, ToldOutcome]:
        """Stay with what was begun before, to its end.

        Args:
            site: of the ticket.
            ticket: that was sent before; if it did not come, it is withdrawn.
            begun: it is known that the site is at work on it.

        Returns:
            How it ended for each unit, by name.
        """
        replay = Replay(self._watch.progress)
        pursued = self._pursuit(site, ticket, replay, begun=begun).take_up()
        return {one.unit.name: one for one in self._told(ticket, pursued, units_of(ticket, pursued), replay)}

    def at_work(self, sites: Mapping[str, RemoteSite], clusters: Iterable[str]) -> dict[str, UnitOutcome]:
        """Look at the tickets of before whose end is not known; what has ended is written down, and nothing is sent.

        Old ones whose end is known are deleted: here, so that it is done once, however many clusters are renewed.

        Args:
            sites: of the file of sites, by name.
            clusters: that are to be begun with.

        Returns:
            Why a cluster may not be begun with, by name, for those that may not.
        """
        wanted, found = set(clusters), {}
        self._sent.forget_old(now_utc())
        for ticket in self._sent.open():
            if ticket.work not in wanted:
                continue
            unit = Unit(ticket.job, ticket.work, "")
            site = sites.get(ticket.site)
            pursued = (
                Pursued(None) if site is None else self._pursuit(site, ticket, Replay(self._watch.progress)).look()
            )
            if not self._settle(ticket, pursued):
                found[ticket.work] = outcome_of(unit, ticket, pursued).unit
        return found

    def _ticket(self, site: RemoteSite, work: str, digest: Sha256, job: str, home: str) -> Ticket:
        inventory = digest_of(nodes_around(site.name, self._everybody))
        return Ticket(secrets.token_hex(16), site.name, work, digest, inventory, now_utc(), job=job, home=home)

    def _pursuit(self, site: RemoteSite, ticket: Ticket, replay: Replay, *, begun: bool = False) -> Pursuit:
        return Pursuit(self._engine, site, ticket, replay, self._watch.stop, self._patience, begun=begun)

    def _begun(
        self, site: RemoteSite, ticket: Ticket, request: RenewRequest | ResumeRequest, units: Sequence[Unit]
    ) -> list[ToldOutcome]:
        # Whatever ends this process, the next one knows what to ask for.
        self._sent.write(ticket)
        replay = Replay(self._watch.progress)
        replay.note(f"The site {site.name} has been asked: it looks at its nodes once more before the first step.")
        pursued = self._pursuit(site, ticket, replay).begin(request)
        return self._told(ticket, pursued, units, replay)

    def _told(self, ticket: Ticket, pursued: Pursued, units: Sequence[Unit], replay: Replay) -> list[ToldOutcome]:
        self._settle(ticket, pursued)
        told = [outcome_of(unit, ticket, pursued) for unit in units]
        for one in told:
            if one.unit.name not in replay.finished:
                self._watch.progress.finished(one.unit.name, one.unit.outcome, one.unit.reason)
        return told

    def _settle(self, ticket: Ticket, pursued: Pursued) -> bool:
        if pursued.end is None or pursued.end.standing is Standing.RUNNING:
            return False
        if self._sent.find(ticket.id) is None:
            # Another desk's, which keeps its own tickets.
            return True
        why_not = self._sent.settle(ticket, to_wire(pursued.end))
        if why_not is not None:
            self._watch.progress.note(ticket.work, f"{why_not}: it will be asked for again")
        return True
