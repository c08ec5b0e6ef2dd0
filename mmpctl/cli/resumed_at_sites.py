"""`resume` with --engine: looks at a run at its site, asks, and has it gone on with; or stays with what was begun."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mmpctl.cli.at_sites import file_of_sites, operator_of
from mmpctl.cli.renewal_options import ExecutionAtSites, OperatorWord
from mmpctl.cli.result import TimedResult
from mmpctl.cli.selection import DEFAULT_INVENTORY, RunNodes
from mmpctl.cli.sites import engine_of, sites_in, tell_asked, tell_sites
from mmpctl.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from mmpctl.cluster.job_words import JobWords
    from mmpctl.documents.renewal import RenewalDocument, WaitingDocument
    from mmpctl.documents.runs import RunAtWork, RunDocument
    from mmpctl.inventory.nodes import Node
    from mmpctl.reach.engine import Engine
    from mmpctl.reach.sites_file import RemoteSite
    from mmpctl.reach.tickets.desk_renewal import DeskRenewal
    from mmpctl.reach.tickets.sent_tickets import SentTickets
    from mmpctl.reach.tickets.ticket import Ticket
    from mmpctl.reach.tickets.told_outcome import ToldOutcome
    from mmpctl.reach.tickets.work_requests import RestFound


class ResumedAtSites:
    """The command, with its options.

    Args:
        reach: the inventory.
        word: what the operator confirms.
        execution: how the run is carried out, and the file of sites.
        result: where the document goes.
    """

    def __init__(self, reach: RunNodes, word: OperatorWord, execution: ExecutionAtSites, result: TimedResult) -> None:
        from mmpctl.reach.tickets.sent_tickets import SentTickets

        self._file: Path = file_of_sites(execution)
        self._sites: Mapping[str, RemoteSite] = sites_in(self._file)
        self._sent: SentTickets = SentTickets.of(execution.runs)
        self._engine: Engine = engine_of(reach.ssh_config)
        self._reach, self._word, self._execution, self._result = reach, word, execution, result

    def unfinished(self) -> int:
        """List the runs that are not finished, and the tickets whose end is not known; returns the exit code."""
        from mmpctl import exit_codes as codes
        from mmpctl.reach.sites import sites_runs
        from mmpctl.reports import tables
        from mmpctl.reports.sanitize import harmless
        from mmpctl.reports.streams import send
        from mmpctl.runs.state import RunState

        tell_asked(self._engine, list(self._sites))
        every, answers = sites_runs.runs(self._engine, list(self._sites.values()))
        for ticket in self._sent.open():
            told = f"note: it is not known how {ticket.work} ended at the site {ticket.site}: ask with `mmpctl resume "
            send(harmless(f"{told}{ticket.id} --engine {self._file}`") + "\n", sys.stderr)
        waiting = [one for one in every["runs"] if one["state"] in (RunState.UNFINISHED, RunState.DAMAGED)]
        document: WaitingDocument = {
            "schema": 1,
            "command": "resume",
            "run": None,
            "clusters": [],
            "unfinished": waiting,
            "asked": self._asked(),
            "sites": tell_sites(answers),
        }
        self._result.emit(document, tables.unfinished(document))
        return codes.DIFFERENT if any(answer.error is not None for answer in answers) else codes.DONE

    def resume(self, run: str, *, accept_run: bool) -> int:
        """Resume a run, or stay with what this desk has begun before, if that is at work; returns the exit code.

        Args:
            run: its name, or the id of a ticket.
            accept_run: a person's word that this is the run that it says.
        """
        from mmpctl.reach.sites import sites_runs
        from mmpctl.reach.tickets.ticket import is_id

        ticket = self._sent.find(run) if is_id(run) else None
        if ticket is not None:
            return self._take_up(ticket)
        tell_asked(self._engine, list(self._sites))
        one, _ = sites_runs.run(self._engine, list(self._sites.values()), run)
        about = {one["run"], *(cluster["name"] for cluster in one["clusters"])}
        for ticket in self._sent.open():
            if ticket.site == one["site"] and ticket.work in about:
                return self._take_up(ticket)
        working = one.get("at_work")
        if working is not None:
            return self._stay_with(one, self._sites[one["site"]], working)
        return self._go_on(one["run"], self._sites[one["site"]], accept_run=accept_run)

    def _take_up(self, ticket: Ticket) -> int:
        site = self._sites.get(ticket.site)
        if site is None:
            raise UsageError(
                f"the file of sites has no site {ticket.site}, which has the ticket",
                code="sites",
                advice="Add the site to the file.",
            )
        tell_asked(self._engine, [site.name])
        with self._desk(self._words(ticket.job)) as desk:
            told = desk.take_up(site, ticket)
        return self._tell(told, site)

    def _stay_with(self, one: RunDocument, site: RemoteSite, working: RunAtWork) -> int:
        """Follow what another desk has begun; nothing is begun here, and nothing written down."""
        from mmpctl.cluster.database_words import DATABASE_CLUSTER
        from mmpctl.reach.tickets.ticket import Ticket
        from mmpctl.reports.sanitize import harmless
        from mmpctl.reports.streams import send
        from mmpctl.services.service_words import SERVICES_JOB
        from mmpctl.times import now_utc

        told = f"note: {working['by']} has begun with this run; this stays with it to its end. Ctrl-C asks it to stop."
        send(harmless(told) + "\n", sys.stderr)
        job = SERVICES_JOB if "services" in one else DATABASE_CLUSTER
        with self._desk(self._words(job)) as desk:
            ticket = Ticket(working["ticket"], site.name, one["run"], "", "", now_utc(), job=job)
            outcomes = desk.take_up(site, ticket, begun=True)
        return self._tell(outcomes, site)

    def _go_on(self, run: str, site: RemoteSite, *, accept_run: bool) -> int:
        from mmpctl.reach.tickets.desk_renewal import RestAtSite
        from mmpctl.reach.tickets.resume_at_sites import document_in, look, units_of
        from mmpctl.renewal.jobs.catalogue import JOBS

        if not site.renews:
            raise RefusedError(
                f"the site {site.name} does not renew",
                code="site-renews-not",
                advice="Set `renews: true` for it in the file of sites. Nothing was begun.",
            )
        asked = operator_of(self._word, self._execution)
        rest = look(self._engine, site, run, asked, accept_run=accept_run)
        if rest.digest is None or not (self._execution.yes or _ask_to_go_on(rest)):
            return self._emit(document_in(rest, site.name), rest.code)
        with self._desk(JOBS[rest.job].words) as desk:
            at_site = RestAtSite(site, run, units_of(rest), rest.digest, asked, accept_run, rest.job, rest.home)
            told = desk.resume(at_site)
        return self._tell(told, site)

    @staticmethod
    def _words(job: str) -> JobWords:
        from mmpctl.cluster.job_words import UNKNOWN_JOB
        from mmpctl.renewal.jobs.catalogue import JOBS

        return JOBS[job].words if job in JOBS else UNKNOWN_JOB

    @contextmanager
    def _desk(self, words: JobWords) -> Iterator[DeskRenewal]:
        from mmpctl.cli.confirmation import heeding
        from mmpctl.display.display import display
        from mmpctl.reach.tickets.desk_renewal import DeskRenewal

        everybody = self._everybody()
        with (
            display(sys.stderr, words.at_site()) as progress,
            heeding(self._execution, progress, at_site=True) as watch,
        ):
            yield DeskRenewal(self._engine, everybody, self._sent, watch)

    def _everybody(self) -> tuple[Node, ...]:
        return self._reach.selection(DEFAULT_INVENTORY).among(devices=False)[1]

    def _tell(self, told: Mapping[str, ToldOutcome], site: RemoteSite) -> int:
        from mmpctl import exit_codes as codes
        from mmpctl.reach.tickets.renewal_at_sites import document_of

        document = document_of(told, dict.fromkeys(told, site.name), "resume")
        return self._emit(document, codes.exit_code(one.unit.code for one in told.values()))

    def _emit(self, document: RenewalDocument, code: int) -> int:
        from mmpctl.reports import tables

        shown: RenewalDocument = {**document, "asked": self._asked()}
        self._result.emit(shown, tables.renewal(shown))
        return code

    def _asked(self) -> dict[str, list[str]]:
        inventory = self._reach.inventory
        return {"engine": [str(self._file)], **({"inventory": [str(inventory)]} if inventory is not None else {})}


def _ask_to_go_on(rest: RestFound) -> bool:
    from mmpctl.cli.prompts import may_ask, may_go_on
    from mmpctl.reports import tables

    if not may_ask():
        return False
    for one in rest.units:
        tables.show(tables.continuation(one["name"], one["nodes"], one["found"], one["steps"], one["job"]), sys.stderr)
    return may_go_on({one["job"] for one in rest.units})
