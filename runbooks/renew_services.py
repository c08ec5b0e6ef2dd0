"""Renew the certificates of services: plan, confirm, execute, prove."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from nornir.core import Nornir

from mmpctl.documents.plan import PlanDocument
from mmpctl.documents.procedure import ProcedureDocument
from mmpctl.procedure import by_hand
from mmpctl.renewal.context import Watch
from mmpctl.renewal.job_kind import Looking
from mmpctl.renewal.jobs.catalogue import SERVICES
from mmpctl.renewal.jobs.services.actions import INSTRUCTIONS
from mmpctl.renewal.jobs.services.group_plan import GroupPlan
from mmpctl.renewal.jobs.services.service_facts import ServiceFacts, sources_of
from mmpctl.renewal.jobs.services.wish import ServiceWish
from mmpctl.renewal.plans import Plans
from mmpctl.renewal.run_options import RunOptions
from mmpctl.runbooks import renew
from mmpctl.runbooks.renew import RenewReport
from mmpctl.times import now_utc


def run(
    nr: Nornir,
    certs: Path,
    services: Sequence[str],
    *,
    drop_calls: frozenset[str] = frozenset(),
    runs: Path = Path("runs"),
    confirm: Callable[[Plans[GroupPlan]], Plans[GroupPlan] | None] = lambda report: report,
    watch: Watch | None = None,
) -> RenewReport:
    """Renew the certificates of services, one service of one node at a time.

    A SCRIPT CONFIRMS BY ITSELF. Unless `confirm` is given, nobody is asked: each service is switched off, given its new
    files, and switched on again as soon as this is called. Look first with `plan`, which changes nothing.

    Args:
        nr: filtered by the caller to whole clusters, and the servers outside them.
        certs: the folder of the new certificates: `<node>/<service>/` or `<service>/`.
        services: their commands, e.g. `webbridge3`.
        drop_calls: inventory names of the nodes whose Call Bridge may restart, whatever calls are on it.
        runs: the folder of all runs.
        confirm: shown the plans before anything is changed; gives them back, or None. BY DEFAULT, THE ANSWER IS YES.
        watch: who watches the run; nobody by default.

    Returns:
        How it ended for each group of nodes, and the run; one that stopped is finished with `runbooks.resume.run`.

    Raises:
        UsageError: there is no such service, node or folder.
    """
    wish = ServiceWish(certs, tuple(services), drop_calls=drop_calls)
    return run_with(nr, wish, RunOptions(runs=runs), confirm=confirm, watch=watch)


def run_with(
    nr: Nornir,
    wish: ServiceWish,
    options: RunOptions,
    *,
    confirm: Callable[[Plans[GroupPlan]], Plans[GroupPlan] | None] = lambda report: report,
    watch: Watch | None = None,
) -> RenewReport:
    """Renew as `run` does, with all that is wanted in two objects.

    Args:
        nr: filtered by the caller to whole clusters, and the servers outside them.
        wish: what is wanted of the services.
        options: what is wanted of the run.
        confirm: shown the plans before anything is changed; see `run`. BY DEFAULT, THE ANSWER IS YES.
        watch: who watches the run; nobody by default.

    Raises:
        UsageError: there is no such service, node or folder.
    """
    return renew.of_job(nr, SERVICES, wish, options, confirm=confirm, watch=watch)


def plan(
    nr: Nornir, wish: ServiceWish, options: RunOptions, clock: Callable[[], datetime] = now_utc
) -> Plans[GroupPlan]:
    """Look at every group of nodes of the inventory given, and plan the renewal of its services; changes nothing.

    Args:
        nr: filtered by the caller to whole clusters, and the servers outside them.
        wish: what is wanted of the services.
        options: what is wanted of the run.
        clock: gives the time, aware, UTC.

    Raises:
        UsageError: there is no such service, node or folder.
    """
    SERVICES.check(nr, wish)
    return Plans(SERVICES.plan(nr, wish, Looking(clock, options.known_runs)))


def with_by_hand(document: PlanDocument, nr: Nornir, report: Plans[GroupPlan], now: datetime) -> PlanDocument:
    """Return the document of a plan with the manual procedure of each group that is ready.

    Args:
        document: of the plans.
        nr: the nodes that were planned for.
        report: what the document was made of.
        now: the time, aware, UTC.
    """
    procedures: dict[str, ProcedureDocument] = {}
    for group in report.clusters:
        if group.steps:
            facts = ServiceFacts(group.group, group.goal, sources_of(group.prepared))
            procedures[group.name] = by_hand.document(nr, facts, group.steps, now, INSTRUCTIONS)
    return {**document, "clusters": [{**one, "by_hand": procedures.get(one["name"])} for one in document["clusters"]]}


def with_calls_dropped(report: Plans[GroupPlan]) -> Plans[GroupPlan]:
    """Return the plans with the operator's word that the calls on all Call Bridges may drop.

    Args:
        report: the plans.
    """
    return replace(report, clusters=tuple(one.with_calls_dropped() for one in report.clusters))
