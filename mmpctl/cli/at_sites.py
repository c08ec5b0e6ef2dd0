"""`renew` with --engine: the same questions, progress and exit codes; the sites do the work."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mmpctl.cli.new_certificates import NewCertificates
from mmpctl.cli.renewal_options import ExecutionAtSites, OperatorWord, Order, Shape, wanted_at_sites
from mmpctl.cli.result import TimedResult
from mmpctl.cli.selection import Selection
from mmpctl.cli.sites import Sites, sites_of, tell_sites
from mmpctl.errors import UsageError

if TYPE_CHECKING:
    from mmpctl.cluster.keeper import KeeperDecision
    from mmpctl.documents.renewal import RenewalDocument
    from mmpctl.reach.desk import Selected
    from mmpctl.reach.engine import Engine
    from mmpctl.reach.sites.sites_plan import SitesPlan
    from mmpctl.reach.tickets.word_at_desk import ConfirmedPlans
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
    """Renew clusters at their sites: plan there, confirm here, carry out there.

    Args:
        new: refused: each site has its own certificates.
        selection: whole clusters.
        word: what the operator confirms.
        shape: how clusters are taken apart.
        order: in which order they follow each other.
        execution: how the run is carried out, and the file of sites.
        result: where the document goes.

    Returns:
        The exit code.
    """
    from mmpctl.cli.confirmation import heeding
    from mmpctl.cluster.database_words import DATABASE_WORDS
    from mmpctl.display.display import display
    from mmpctl.reach.tickets import renewal_at_sites
    from mmpctl.reach.tickets.desk_renewal import DeskRenewal
    from mmpctl.reach.tickets.renewal_at_sites import RenewalAsked
    from mmpctl.reach.tickets.sent_tickets import SentTickets
    from mmpctl.reports import tables

    file = file_of_sites(execution)
    Sites(file).check(
        certs=new.certs, service=new.service, if_due=new.if_due, workers=selection.workers, timing=result.timing or None
    )
    engine, selected = sites_of(file, selection, whole_clusters=True)
    plan = wanted_at_sites(word, shape)
    asked = RenewalAsked(plan, operator_of(word, execution), order.rollout())

    def confirm(found: ConfirmedPlans) -> ConfirmedPlans | None:
        return found if execution.yes else _ask_for_plans(found, engine, selected, plan)

    with display(sys.stderr, DATABASE_WORDS) as progress, heeding(execution, progress) as watch:
        desk = DeskRenewal(engine, selected.everybody, SentTickets.of(execution.runs), watch)
        renewed = renewal_at_sites.renew(desk, engine, selected, asked, confirm)
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
    found: ConfirmedPlans, engine: Engine, selected: Selected, wanted: PlanRequest
) -> ConfirmedPlans | None:
    """Return the operator's word on keepers and plans; None if nobody can be asked."""
    from dataclasses import replace

    from mmpctl.cli.prompts import ask_keeper, confirm_plan, may_ask
    from mmpctl.reach.tickets.word_at_desk import SaidOfKeeper, plan_again
    from mmpctl.reports import tables

    if not may_ask():
        return None
    words = {}
    for one in found.awaiting:
        nodes = tuple(node.name for node in selected.nodes if node.cluster == one["name"])
        typed = ask_keeper(one["name"], _decision(found.plan, one["name"]), nodes)
        if typed is not None:
            words[one["name"]] = SaidOfKeeper(typed[0], typed[1] or None)
    answered = found.with_words(words, plan_again(engine, selected, wanted, words)) if words else found
    ready = [one for one in answered.plan.clusters if one["name"] in answered.ready]
    if ready:
        tables.show(tables.plan({"schema": 1, "command": "plan", "clusters": ready}), sys.stderr)
    return answered if confirm_plan(answered.ready) else replace(answered, declined=True)
