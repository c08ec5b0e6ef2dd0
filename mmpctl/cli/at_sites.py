"""`renew` with --engine: the same questions, progress and exit codes; the sites do the work."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mmpctl.cli.new_certificates import NewCertificates
from mmpctl.cli.renewal_options import ExecutionAtSites, OperatorWord, Order, Shape, wanted_at_sites
from mmpctl.cli.result import TimedResult
from mmpctl.cli.selection import Selection
from mmpctl.cli.sites import Sites, sites_that_renew, tell_sites
from mmpctl.errors import UsageError

if TYPE_CHECKING:
    from mmpctl.cluster.keeper import KeeperDecision
    from mmpctl.documents.renewal import RenewalDocument
    from mmpctl.reach.site_units import UnitAtSite
    from mmpctl.reach.sites.sites_plan import SitesPlan
    from mmpctl.reach.tickets.word_at_desk import ConfirmedPlans, SaidAtDesk
    from mmpctl.reach.tickets.work_requests import OperatorAsked
    from mmpctl.reach.verbs import PlanRequest


def renew_at_sites(
    new: NewCertificates,
    selection: Selection,
    word: OperatorWord,
    shape: Shape,
    order: Order,
    execution: ExecutionAtSites,
    result: TimedResult,
) -> int:
    """Renew clusters, or services, at their sites: plan there, confirm here, carry out there.

    Args:
        new: which services, if not the database clusters; no folder: each site has its own certificates.
        selection: the nodes; whole clusters, unless services are renewed.
        word: what the operator confirms.
        shape: how clusters are taken apart.
        order: in which order they follow each other.
        execution: how the run is carried out, and the file of sites.
        result: where the document goes.

    Returns:
        The exit code.
    """
    from mmpctl.cli.confirmation import heeding
    from mmpctl.display.display import display
    from mmpctl.reach.tickets import renewal_at_sites
    from mmpctl.reach.tickets.desk_renewal import DeskRenewal
    from mmpctl.reach.tickets.renewal_at_sites import RenewalAsked
    from mmpctl.reach.tickets.sent_tickets import SentTickets
    from mmpctl.reach.tickets.word_at_desk import plan_again
    from mmpctl.renewal.jobs.catalogue import DATABASE, SERVICES
    from mmpctl.reports import tables

    file = file_of_sites(execution)
    Sites(file).check(
        certs=new.certs, workers=selection.workers, known_hosts=selection.known_hosts, timing=result.timing or None
    )

    def wanted(nodes: Sequence[str]) -> PlanRequest:
        return wanted_at_sites(word, shape, new.at_sites(nodes, alone=execution.yes))

    engine, selected, plan, units = sites_that_renew(file, selection, wanted)
    asked = RenewalAsked(plan, operator_of(word, execution), order.rollout())

    def confirm(found: ConfirmedPlans) -> ConfirmedPlans | None:
        if execution.yes:
            return found

        def again(words: Mapping[str, SaidAtDesk]) -> SitesPlan:
            return plan_again(engine, units, selected.everybody, plan, words)

        return _ask_for_plans(found, units, again)

    words = (DATABASE if plan.services is None else SERVICES).words.at_site()
    with display(sys.stderr, words) as progress, heeding(execution, progress, at_site=True) as watch:
        desk = DeskRenewal(engine, selected.everybody, SentTickets.of(execution.runs), watch)
        renewed = renewal_at_sites.renew(desk, engine, selected, units, asked, confirm)
    again = {**selection.asked(), "engine": [str(file)]}
    document: RenewalDocument = {**renewed.document, "asked": again, "sites": tell_sites(renewed.answers)}
    result.emit(document, tables.renewal(document))
    return renewed.code


def file_of_sites(execution: ExecutionAtSites) -> Path:
    """Return the file of sites, which must have been given.

    Args:
        execution: how the run is carried out.

    Raises:
        UsageError: it was not given.
    """
    if execution.engine is None:
        raise UsageError("no file of sites was given", advice="Name it with --engine SITES.yaml.")
    return execution.engine


def operator_of(word: OperatorWord, execution: ExecutionAtSites) -> OperatorAsked:
    """Return what the operator has said, with who it is and where.

    Args:
        word: what is confirmed.
        execution: how the run is carried out.
    """
    import socket

    from mmpctl.reach.tickets.work_requests import OperatorAsked
    from mmpctl.renewal.journal_context import user

    by = f"{user()} at {socket.gethostname()}"
    return OperatorAsked(
        by, dict(word.keepers()), word.why(), tuple(sorted(word.others())), execution.operation_minutes
    )


def _decision(plan: SitesPlan, name: str) -> KeeperDecision:
    """Return what a site knows about the keeper of a cluster."""
    from mmpctl.cluster.keeper import KeeperDecision

    one = next(one for one in plan.clusters if one["name"] == name)
    return KeeperDecision(
        one["keeper"] or "",
        one["keeper_proved"],
        False,
        (),
        plan.confirm[name].open_questions,
        tuple(one["keeper_evidence"]),
        tuple(one["keeper_conclusions"]),
        tuple(one["keeper_contradictions"]),
    )


def _ask_for_plans(
    found: ConfirmedPlans, units: Sequence[UnitAtSite], again: Callable[[Mapping[str, SaidAtDesk]], SitesPlan]
) -> ConfirmedPlans | None:
    """Return the operator's word on keepers, calls and plans; None if nobody can be asked."""
    from dataclasses import replace

    from mmpctl.cli.prompts import confirm_plan, may_ask
    from mmpctl.reports import tables

    if not may_ask():
        return None
    asked = {unit.name: _said_of(found.plan, unit) for unit in units if unit.name in found.awaiting}
    words = {name: word for name, word in asked.items() if word is not None}
    answered = found.with_words(words, again(words)) if words else found
    ready = [one for one in answered.plan.clusters if one["name"] in answered.ready]
    if ready:
        tables.show(tables.plan({"schema": 1, "command": "plan", "clusters": ready}), sys.stderr)
    services = [service for one in ready for service in one.get("units", ())]
    return answered if confirm_plan(answered.ready, services) else replace(answered, declined=True)


def _said_of(plan: SitesPlan, unit: UnitAtSite) -> SaidAtDesk | None:
    """Return the operator's word that is missing of a cluster or of a group of nodes; None if it was not given."""
    from mmpctl.cli.prompts import ask_keeper, may_calls_drop
    from mmpctl.reach.tickets.word_at_desk import SaidOfCalls, SaidOfKeeper

    dropping = plan.confirm[unit.name].dropping
    if dropping:
        return SaidOfCalls(dropping) if may_calls_drop(dropping) else None
    typed = ask_keeper(unit.name, _decision(plan, unit.name), tuple(node.name for node in unit.group.nodes))
    return SaidOfKeeper(typed[0], typed[1] or None) if typed is not None else None
