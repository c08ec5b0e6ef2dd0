"""A renewal at many sites from the desk: plans from the sites, the operator's word, and a ticket for each cluster.

Of services, each group of nodes is what a cluster is for the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mmpctl import exit_codes as codes
from mmpctl.cluster.preflight import Verdict
from mmpctl.cluster.target import Naming
from mmpctl.documents.plan import PlannedCluster
from mmpctl.documents.renewal import RenewalDocument, RenewedCluster
from mmpctl.errors import UsageError
from mmpctl.reach.desk import Selected
from mmpctl.reach.engine import Answer, Engine
from mmpctl.reach.site_units import UnitAtSite
from mmpctl.reach.sites import sites_plan
from mmpctl.reach.sites.sites_plan import SitesPlan, why_no_renewal
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.reach.tickets.desk_renewal import DeskRenewal, ReadyCluster
from mmpctl.reach.tickets.told_outcome import ToldOutcome
from mmpctl.reach.tickets.word_at_desk import ConfirmedPlans, wanted_of
from mmpctl.reach.tickets.work_requests import OperatorAsked, ShapeAsked
from mmpctl.reach.verbs import PlanRequest
from mmpctl.renewal.jobs.services.kind import turns_of
from mmpctl.renewal.outcome import NOT_CONFIRMED, UnitOutcome
from mmpctl.renewal.rollout import Rollout, canary_trouble
from mmpctl.renewal.unit import Unit
from mmpctl.runbooks import renew as renewing
from mmpctl.runbooks.renew import RenewReport
from mmpctl.runs.ending import DECLINED, Ending


@dataclass(frozen=True, slots=True)
class RenewalAsked:
    """What is wanted of a renewal at sites.

    Args:
        plan: how clusters are planned.
        asked: what the operator has said; keepers and reason are those of the plan.
        rollout: which clusters go first, how many at a time, and how many may fail.
    """

    plan: PlanRequest
    asked: OperatorAsked
    rollout: Rollout


@dataclass(frozen=True, slots=True)
class SitesRenewed:
    """How a renewal at sites ended.

    Args:
        document: as the command tells it.
        code: the exit code.
        answers: what came of each site when it was asked for plans.
    """

    document: RenewalDocument
    code: int
    answers: tuple[Answer, ...]


def renew(
    desk: DeskRenewal,
    engine: Engine,
    selected: Selected,
    every: Sequence[UnitAtSite],
    wanted: RenewalAsked,
    confirm: Callable[[ConfirmedPlans], ConfirmedPlans | None],
) -> SitesRenewed:
    """Plan at the sites, have the plans confirmed, and have the sites renew.

    Args:
        desk: begins and follows.
        engine: carries the requests for plans.
        selected: which nodes, and where they are.
        every: what is renewed, and by which site: clusters, or the groups of nodes whose services are renewed.
        wanted: of the renewal.
        confirm: shown the plans; gives them back, perhaps with words; None if nobody can be asked.

    Raises:
        UsageError: a name is not known.
    """
    units = {unit.name: unit for unit in every}
    if not units:
        raise UsageError("no cluster is selected", advice="Select at least one cluster.")
    _check_canaries(wanted.rollout, units)
    rollout = wanted.rollout
    if wanted.plan.services is not None:
        rollout = turns_of(rollout, [unit.group for unit in every])
    outcomes: dict[str, ToldOutcome] = {
        name: ToldOutcome(one) for name, one in desk.at_work(selected.sites, units).items()
    }
    plan = sites_plan.plan(engine, every, selected.everybody, wanted.plan)
    # What cannot be begun is nothing to ask a person about.
    outcomes.update({name: ToldOutcome(one) for name, one in _barred(plan, units).items() if name not in outcomes})
    first = ConfirmedPlans(_without(plan, outcomes))
    answered = confirm(first) if first.ready or first.awaiting else first
    goes_on = answered is not None and not answered.declined
    last = answered or first
    why_not = DECLINED if answered else NOT_CONFIRMED
    ready: list[ReadyCluster] = []
    for one in last.plan.clusters:
        name, site = one["name"], units[one["name"]].at
        if not goes_on or one["verdict"] != Verdict.READY or site is None:
            outcomes[name] = ToldOutcome(_not_begun(one, None if goes_on else why_not))
        elif name not in outcomes:
            ready.append(_ready(one, site, last, replace(wanted, plan=wanted_of(wanted.plan, units[name], last.words))))
    trouble = canary_trouble(one.unit for name, one in outcomes.items() if name in rollout.canaries)
    if trouble is not None:
        outcomes.update({one.name: ToldOutcome(UnitOutcome(one.unit, Ending.NOT_STARTED, trouble)) for one in ready})
        ready = []
    outcomes.update(desk.renew(ready, rollout))
    told = {name: outcomes[name] for name in units if name in outcomes}
    return SitesRenewed(
        document_of(told, {name: unit.site for name, unit in units.items()}),
        codes.exit_code(one.unit.code for one in told.values()),
        plan.answers,
    )


def document_of(
    told: Mapping[str, ToldOutcome], sites: Mapping[str, str], command: Literal["renew", "resume"] = "renew"
) -> RenewalDocument:
    """Return the document of a renewal at sites.

    Args:
        told: how it ended for each cluster, by name.
        sites: the name of the site of each cluster.
        command: `renew` or `resume`.
    """
    document = renewing.document(RenewReport(None, tuple(one.unit for one in told.values())), command)
    runs = {one.run for one in told.values()}
    clusters: list[RenewedCluster] = [
        {**(one.document or plain), "site": sites[plain["name"]], "run": one.run}
        for plain, one in zip(document["clusters"], told.values(), strict=True)
    ]
    return {**document, "run": runs.pop() if len(runs) == 1 else None, "clusters": clusters}


def _check_canaries(rollout: Rollout, units: Mapping[str, UnitAtSite]) -> None:
    for name in rollout.canaries:
        if name not in units:
            raise UsageError(f"--canary {name}: no such cluster is selected", advice=f"Selected: {', '.join(units)}.")


def _without(plan: SitesPlan, outcomes: Mapping[str, ToldOutcome]) -> SitesPlan:
    """Return the plans of the clusters that nothing else is known of."""
    return replace(plan, clusters=tuple(one for one in plan.clusters if one["name"] not in outcomes))


def _unit(one: PlannedCluster) -> Unit:
    return Unit(one["job"], one["name"], one["keeper"] or "", {"keeper": one["keeper"]} if one["keeper"] else {})


def _not_begun(one: PlannedCluster, why: str | None = None) -> UnitOutcome:
    if one["verdict"] == Verdict.NOTHING_TO_DO:
        return UnitOutcome(_unit(one), Ending.NOTHING_TO_DO)
    reasons = [why] if why and one["verdict"] == Verdict.READY else one["reasons"]
    return UnitOutcome(_unit(one), Ending.REFUSED, "\n".join(reasons))


def _barred(plan: SitesPlan, units: Mapping[str, UnitAtSite]) -> dict[str, UnitOutcome]:
    """Return why clusters cannot be begun with, by name, though their plans are ready, or only a word is missing."""
    strange = {answer.site.name for answer in plan.answers if answer.same_inventory is False}
    found = {}
    for one in plan.clusters:
        site, confirm = units[one["name"]].at, plan.confirm.get(one["name"])
        if site is None or confirm is None or not (one["verdict"] == Verdict.READY or confirm.awaits_word):
            continue
        why = why_no_renewal(site, confirm)
        if why is None and site.name in strange:
            why = (
                f"the inventory of the site {site.name} differs from its part of this one; bring the entries of its "
                "nodes there"
            )
        if why is not None:
            found[one["name"]] = UnitOutcome(_unit(one), Ending.REFUSED, why)
    return found


def _ready(one: PlannedCluster, site: RemoteSite, plans: ConfirmedPlans, wanted: RenewalAsked) -> ReadyCluster:
    plan = wanted.plan
    asked = replace(wanted.asked, keepers=plan.keepers, reason=plan.reason)
    shape = ShapeAsked(Naming(plan.names), tuple(sorted(plan.leave_out)), plan.slaves_at_once)
    confirm = plans.plan.confirm[one["name"]]
    return ReadyCluster(_unit(one), site, confirm.digest, shape, asked, plan.services, confirm.home)
