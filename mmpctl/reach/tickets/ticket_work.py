"""The process that a ticket begins: it renews or resumes as the command does, and tells of it beside the ticket."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final, TypeVar

from mmpctl import exit_codes as codes
from mmpctl.cluster.preflight import Verdict
from mmpctl.display.events import Progress
from mmpctl.errors import MmpError, RefusedError, UsageError
from mmpctl.fleet.run_on import as_mmp_error
from mmpctl.inventory.sign_in import sign_in
from mmpctl.reach.services_asked import ServicesAsked
from mmpctl.reach.tickets.confirmed_plan import OtherPlan, check_digest, plan_digest, rest_digest
from mmpctl.reach.tickets.old_tickets import shrink_old
from mmpctl.reach.tickets.renewal_place import RenewalPlace
from mmpctl.reach.tickets.spent_tickets import TicketFolder
from mmpctl.reach.tickets.ticket import check_age
from mmpctl.reach.tickets.told_progress import Teller
from mmpctl.reach.tickets.work_requests import OperatorAsked, RenewRequest, ResumeRequest
from mmpctl.reach.wire import from_wire
from mmpctl.renewal.context import Watch
from mmpctl.renewal.jobs.catalogue import DATABASE, JOBS, SERVICES
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.renewal.jobs.database_cluster.operator_confirmation import KeeperWord
from mmpctl.renewal.jobs.database_cluster.renew_options import RenewOptions
from mmpctl.renewal.jobs.services.group_plan import GroupPlan
from mmpctl.renewal.limits import Limits
from mmpctl.renewal.plans import Plans
from mmpctl.renewal.request import request_for
from mmpctl.renewal.resume.continuation import Continuation
from mmpctl.renewal.run_options import RunOptions
from mmpctl.renewal.stop import NOT_WAITING, STOPPING, Stop, stopping
from mmpctl.runbooks import renew as renewing
from mmpctl.runbooks import renew_services
from mmpctl.runbooks.plan import PlanReport
from mmpctl.runbooks.renew import RenewReport
from mmpctl.runs import journal as journals
from mmpctl.runs.journal import JournalError
from mmpctl.runs.lock import LockedError
from mmpctl.times import now_utc

P = TypeVar("P", ClusterPlan, GroupPlan)

# So often it is looked for whether the desk wishes to stop.
_LOOK_SECONDS: Final = 0.2


def carry_out(place: RenewalPlace, ticket: str) -> int:
    """Do what a ticket was spent for; only the program that has spent it starts this.

    Args:
        place: the site.
        ticket: its id.

    Returns:
        The exit code of the command that does the same.

    Raises:
        RefusedError: it was not spent, or a process has begun with it before.
    """
    folder = TicketFolder.of(place.runs, ticket)
    told = folder.begin()
    answer: dict[str, Any]
    try:
        if told["verb"] == RenewRequest.verb:
            renewal = from_wire(told["request"], RenewRequest, "the ticket")
            # Once more: the machine may have stood still since it was compared.
            check_age(renewal.ticket, now_utc())
            report = _renew(place, renewal, folder)
            answer = {"code": report.code, "answer": renewing.document(report)}
        else:
            resumption = from_wire(told["request"], ResumeRequest, "the ticket")
            if resumption.ticket is not None:
                check_age(resumption.ticket, now_utc())
            report = _resume(place, resumption, folder)
            answer = {"code": report.code, "answer": renewing.document(report, "resume")}
    except Exception as error:
        error_told = as_mmp_error(error)
        answer = {"code": exit_code_of(error_told), "error": str(error_told)}
    folder.write_answer(answer)
    # After the work, which nothing of this may hold up.
    shrink_old(place.runs, now_utc())
    return int(answer["code"])


def exit_code_of(error: MmpError) -> int:
    """Return the exit code of a command that an error ends.

    Args:
        error: what was raised.
    """
    if isinstance(error, UsageError):
        return codes.USAGE
    if isinstance(error, LockedError):
        return codes.LOCKED
    return codes.REFUSED if isinstance(error, (RefusedError, JournalError)) else codes.UNEXPECTED


def _renew(place: RenewalPlace, request: RenewRequest, folder: TicketFolder) -> RenewReport:
    if request.services is not None:
        return _renew_services(place, request, request.services, folder)
    ticket, shape, asked = request.ticket, request.shape, request.asked
    nr = place.cluster(ticket.work)
    sign_in(nr)
    options = RenewOptions(
        other_runs=frozenset(asked.other_runs),
        leave_out=frozenset(shape.leave_out),
        names=shape.names,
        slaves_at_once=shape.slaves_at_once,
        runs=place.runs,
        inventory=place.inventory,
        ticket=ticket.id,
    )

    def confirm(report: PlanReport) -> PlanReport:
        return PlanReport(tuple(_as_confirmed(one, request) for one in report.clusters))

    with _watched(folder, DATABASE.name, asked) as watch:
        return renewing.run_with(nr, place.new_certificates(), options, confirm=confirm, watch=watch)


def _renew_services(
    place: RenewalPlace, request: RenewRequest, services: ServicesAsked, folder: TicketFolder
) -> RenewReport:
    ticket = request.ticket
    nr, wish = place.services((ticket.work,), services)
    sign_in(nr)
    options = RunOptions(
        runs=place.runs,
        inventory=place.inventory,
        other_runs=frozenset(request.asked.other_runs),
        ticket=ticket.id,
    )

    def confirm(report: Plans[GroupPlan]) -> Plans[GroupPlan]:
        return replace(report, clusters=tuple(_if_confirmed(one, request) for one in report.clusters))

    with _watched(folder, SERVICES.name, request.asked) as watch:
        return renew_services.run_with(nr, wish, options, confirm=confirm, watch=watch)


def _as_confirmed(plan: ClusterPlan, request: RenewRequest) -> ClusterPlan:
    """Return the plan with the operator's word; refused if it is not the one that the word is about."""
    asked = request.asked
    node = asked.keepers.get(plan.name)
    if plan.awaits_word and node is not None:
        reason = asked.reason or f"given on the command line by {asked.by}"
        plan = plan.confirm_keeper(KeeperWord(node, reason, asked.by, now_utc(), asked.reason is not None))
    return _if_confirmed(plan, request)


def _if_confirmed(plan: P, request: RenewRequest) -> P:
    """Return the plan, refused if it is not the one that was confirmed."""
    if plan.verdict is not Verdict.READY:
        return plan
    try:
        check_digest(request.ticket.digest, plan_digest(plan), plan.name)
    except OtherPlan as error:
        return plan.refused(str(error))
    return plan


def _resume(place: RenewalPlace, request: ResumeRequest, folder: TicketFolder) -> RenewReport:
    run = place.run(request.run)
    kind, _ = request_for(run, JOBS)

    def confirm(found: tuple[Continuation[Any], ...]) -> bool:
        chain = journals.read(run.path / "journal.jsonl", run.name).chain
        confirmed = request.ticket.digest if request.ticket is not None else ""
        check_digest(confirmed, rest_digest(run.name, chain, found), run.name)
        return True

    with _watched(folder, kind.name, request.asked) as watch:
        return place.resume(request, confirm, watch)


@contextmanager
def _watched(folder: TicketFolder, job: str, asked: OperatorAsked) -> Iterator[Watch]:
    """Take the desk's wish to stop, and signals, while the block lasts, and write down what happens."""
    stop, over = Stop(), threading.Event()
    progress = Teller(job, folder.append_progress, now_utc)
    listener = threading.Thread(target=_listen, args=(folder, stop, progress, over), name="stop", daemon=True)
    listener.start()
    try:
        with stopping(stop, progress.asked_to_stop, lambda: True):
            yield Watch(progress, stop, Limits(operation=asked.operation_minutes * 60))
    finally:
        over.set()
        listener.join()


def _listen(folder: TicketFolder, stop: Stop, progress: Progress, over: threading.Event) -> None:
    while not over.wait(_LOOK_SECONDS):
        wished, insisted = folder.asked_to_stop()
        if wished and not stop.wished:
            stop.wish()
            progress.asked_to_stop(STOPPING)
        if insisted and not stop.insisted:
            stop.insist()
            progress.asked_to_stop(NOT_WAITING)
