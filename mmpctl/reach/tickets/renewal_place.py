"""What a site renews with: its inventory, its new certificates, its runs, and the process that does it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nornir.core import Nornir

from mmpctl.cluster.foreign_runs import is_run
from mmpctl.environment import own_program
from mmpctl.errors import MmpError, RefusedError, UsageError
from mmpctl.inventory.deployments import group_of_node, with_neighbours
from mmpctl.inventory.nodes import nodes_of
from mmpctl.inventory.sign_in import sign_in
from mmpctl.reach.services_asked import ServicesAsked
from mmpctl.reach.site_inventory import digest_of, nodes_around, nodes_of_site
from mmpctl.reach.tickets.spent_tickets import TicketFolder
from mmpctl.reach.tickets.ticket import SpendingSite
from mmpctl.reach.tickets.work_requests import RenewRequest, ResumeRequest
from mmpctl.reach.wire import to_wire
from mmpctl.renewal.context import Watch
from mmpctl.renewal.jobs.services.wish import ServiceWish
from mmpctl.renewal.resume.continuation import Continuation
from mmpctl.runbooks import resume as resuming
from mmpctl.runbooks.renew import RenewReport
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.runs_folder import find
from mmpctl.services.outside_stores import outside
from mmpctl.times import iso_exact, now_utc


@dataclass(frozen=True, slots=True)
class RenewalPlace:
    """What a site renews with.

    Args:
        name: of the site.
        nr: its inventory, whole.
        inventory: where that lies.
        runs: the folder of its runs.
        certs: the folder of its new certificates; None if it has none.
        renews: renewals may be begun here.
        words: of the command line that serves this site, without the program.
    """

    name: str
    nr: Nornir
    inventory: Path
    runs: Path
    certs: Path | None
    renews: bool
    words: tuple[str, ...]

    def now(self) -> SpendingSite:
        """Return what a ticket is compared with."""
        known = digest_of(nodes_around(self.name, nodes_of(self.nr)))
        return SpendingSite(self.name, self.renews, known, now_utc())

    def cluster(self, name: str) -> Nornir:
        """Return the nodes of a cluster that the site has a part of.

        Args:
            name: of the cluster.

        Raises:
            UsageError: it has none.
        """
        if name not in {node.cluster for node in nodes_of_site(self.name, nodes_of(self.nr))}:
            raise UsageError(
                f"the inventory of the site {self.name} has no cluster {name!r} with a node of its own",
                advice="Bring the entries of its nodes there, as the inventory at the desk has them.",
            )
        return self.nr.filter(filter_func=lambda host: host.get("cluster") == name)

    def services(self, groups: Collection[str], asked: ServicesAsked) -> tuple[Nornir, ServiceWish]:
        """Return the nodes to look at for a renewal of services, and what is wanted of it.

        Args:
            groups: names of the groups that the nodes are in.
            asked: by the desk; what may be done without a person is for the inventory here to say.

        Returns:
            The nodes of the groups with all that work with them.

        Raises:
            UsageError: the site has no such group, or a node is in none of them.
            RefusedError: it has no new certificates.
        """
        everybody = nodes_of(self.nr)
        own = {group_of_node(node) for node in nodes_of_site(self.name, everybody)}
        members = {node.name for node in everybody if group_of_node(node) in groups}
        strange = [*(set(groups) - own), *({*asked.nodes, *asked.drop_calls} - members)]
        if strange:
            raise UsageError(
                f"the inventory of the site {self.name} has no {sorted(strange)[0]!r} among the nodes that were asked "
                "for",
                advice="Bring the entries of its nodes there, as the inventory at the desk has them.",
            )
        wish = ServiceWish(
            self.new_certificates(),
            asked.services,
            asked.max_calls,
            frozenset(asked.drop_calls),
            frozenset(map(outside, asked.done)),
            frozenset(asked.nodes),
            everybody=everybody,
        ).within_days(asked.if_due, alone=asked.alone)
        together = with_neighbours(members, everybody)
        return self.nr.filter(filter_func=lambda host: host.name in together), wish

    def new_certificates(self) -> Path:
        """Return the folder of the new certificates.

        Raises:
            RefusedError: the site has none (code `site-certs`).
        """
        if self.certs is None:
            raise RefusedError(
                f"the site {self.name} has no folder of new certificates",
                code="site-certs",
                advice="Start `mmpctl site` there with --certs DIR. Nothing was begun.",
            )
        return self.certs

    def run(self, name: str) -> RunFolder:
        """Return a run.

        Args:
            name: the whole name of it.

        Raises:
            UsageError: there is no such run.
        """
        if not is_run(name):
            raise UsageError(f"{name!r} is not the name of a run", code="run", advice="Name the run as `runs` has it.")
        return find(self.runs, name)

    def resume(
        self, request: ResumeRequest, confirm: Callable[[tuple[Continuation[Any], ...]], bool], watch: Watch
    ) -> RenewReport:
        """Look at a run that was interrupted, and go on with it if that is confirmed.

        Args:
            request: of the desk.
            confirm: shown what was found; nothing is changed if it says no.
            watch: who watches the run.

        Returns:
            How it ended for each unit, as the command has it if it is refused.
        """
        asked, run = request.asked, self.run(request.run)
        sign_in(self.nr)
        try:
            return resuming.run(
                self.nr,
                run,
                other_runs=frozenset(asked.other_runs),
                accept_run=request.accept_run,
                keepers=asked.keepers,
                reason=asked.reason,
                confirm=confirm,
                watch=watch,
            )
        except MmpError as error:
            if isinstance(error, UsageError):
                raise
            return resuming.refused(run, error)

    def begin(self, folder: TicketFolder, request: RenewRequest | ResumeRequest) -> None:
        """Spend a ticket, and start the process that does what it is for, which nobody's hanging up ends.

        Args:
            folder: of the ticket.
            request: of the desk.

        Raises:
            TicketRefused: it was spent or withdrawn before.
            MmpError: no process can be started; the ticket is spent, and nothing was begun.
        """
        told = {"verb": request.verb.value, "at": iso_exact(now_utc()), "request": to_wire(request)}
        lock = folder.spend(told)
        try:
            output = folder.output()
            try:
                subprocess.Popen(  # noqa: S603 - ourselves
                    [*own_program(), *self.words, "--spent", folder.path.name],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    pass_fds=(lock,),
                )
            finally:
                os.close(output)
        except OSError as error:
            raise MmpError(
                f"the site {self.name} cannot start a process ({error.strerror})",
                code="site-process",
                advice="Make room on its machine. Nothing was begun; give the command again.",
            ) from error
        finally:
            # From now on the lock is held by the process, until its end.
            os.close(lock)
