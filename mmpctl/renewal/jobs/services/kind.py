"""The renewal of services as a kind of job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from nornir.core import Nornir
from nornir.core.inventory import Host

from mmpctl.documents.begun import BegunUnit
from mmpctl.documents.services.service_request import BegunServices, RequestedGroup
from mmpctl.errors import UsageError
from mmpctl.inventory.deployments import group_of, groups_of, is_standalone
from mmpctl.inventory.nodes import Cluster, nodes_of
from mmpctl.inventory.read_only_sessions import reading
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.every_job.given_folder import check_certs
from mmpctl.renewal.job_kind import Looking
from mmpctl.renewal.jobs.services import observation
from mmpctl.renewal.jobs.services.call_counts import counter
from mmpctl.renewal.jobs.services.group_plan import GroupPlan, judged
from mmpctl.renewal.jobs.services.job import GroupJob
from mmpctl.renewal.jobs.services.judged_stores import with_stores_judged
from mmpctl.renewal.jobs.services.link_watch import untold
from mmpctl.renewal.jobs.services.preparation import Prepared, prepare
from mmpctl.renewal.jobs.services.request import first_expiry, requested_of, requested_unit
from mmpctl.renewal.jobs.services.resumption import GroupContinuation, look, work_of
from mmpctl.renewal.jobs.services.unit import group_unit
from mmpctl.renewal.jobs.services.wish import ServiceWish
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.resume.said import Said
from mmpctl.renewal.rollout import Rollout
from mmpctl.renewal.unit import Unit
from mmpctl.runs.folder import RunFolder
from mmpctl.services.outside_stores import outside
from mmpctl.services.renewable import RenewableService
from mmpctl.services.service_words import SERVICE_WORDS, SERVICES_JOB
from mmpctl.services.switched_services import all_in_turn


class ServiceRenewals:
    """Renews the certificates of services; see `JobKind` for what each part is."""

    name = SERVICES_JOB
    words = SERVICE_WORDS
    form = BegunServices

    def units(self, nr: Nornir) -> tuple[Unit, ...]:
        """Return the groups of an inventory, those of no cluster first: they are at the edge."""
        return tuple(group_unit(group.unit_name) for group in groups_of(nr))

    def home(self, host: Host) -> str:
        """Return the group of a host."""
        return group_of(host)

    def turns(self, asked: Rollout, units: Sequence[Unit], nr: Nornir) -> Rollout:
        """Return that the servers without a cluster go first; see `turns_of`."""
        return turns_of(asked, groups_of(nr))

    def check(self, nr: Nornir, wanted: ServiceWish) -> None:
        """Make sure that the services, the nodes and the folder of a command line are there."""
        for name in wanted.done:
            outside(name)
        if not wanted.services:
            raise UsageError("no service was named", advice="Name one with --service.")
        check_certs(wanted.certs)
        unknown = sorted(wanted.drop_calls - set(nr.inventory.hosts))
        if unknown:
            known = ", ".join(sorted(nr.inventory.hosts))
            raise UsageError(f"--drop-calls {unknown[0]}: no such node", advice=f"Known nodes: {known}.")

    def narrowed(self, wanted: ServiceWish, nr: Nornir) -> ServiceWish:
        """Return what is wanted of the nodes that are given."""
        return wanted.narrowed(nr)

    def plan(self, nr: Nornir, wanted: ServiceWish, looking: Looking) -> tuple[GroupPlan, ...]:
        """Look at every group, judge and plan those that the services are in; all that were chosen, if none is."""
        with reading(nr) if looking.read_only else nullcontext():
            every = _looked_at(nr, wanted, looking, wanted.services)
            more = frozenset(name for one in every for name in one.to_look_at)
            if more:
                every = _looked_at(nr, wanted, looking, all_in_turn((*wanted.names, *more)))
        chosen = [one for one in every if any(wanted.is_about(node.name) for node in one.sight.group.nodes)]
        concerned = [one for one in chosen if is_concerned(one)]
        return tuple(judged(one, looking.known_runs(one.sight.group.name)) for one in concerned or chosen)

    def job(self, run: RunContext, plan: GroupPlan) -> GroupJob:
        """Return one group's part of a run."""
        return GroupJob(plan, work_of(run, plan))

    def to_request(self, nr: Nornir, wanted: ServiceWish, plans: Sequence[GroupPlan]) -> Mapping[str, Any]:
        """Return what a run keeps of its services."""
        return requested_of(nr, plans, wanted)

    def from_request(self, one: RequestedGroup) -> Unit:
        """Return a group as its run began with it."""
        return requested_unit(one)

    def told_of(self, one: BegunUnit) -> Unit:
        """Return a group of which only the name is known."""
        return group_unit(one["name"])

    def checked(self, folder: RunFolder) -> tuple[str, ...]:
        """Return what to do with services whose check had failed."""
        return ("`mmpctl audit` shows which certificates each node uses now; the old files are still on the nodes.",)

    def valid_until(self, one: RequestedGroup) -> str | None:
        """Return when the first of a group's new certificates expires."""
        return first_expiry(one)

    def on_resume(
        self, run: RunContext, units: Sequence[RequestedGroup], request: BegunServices, said: Said
    ) -> Mapping[str, GroupContinuation | UnitOutcome]:
        """Look up the open steps of each group, and plan what is left."""
        return look(run, units, request, said)


def turns_of(asked: Rollout, groups: Sequence[Cluster]) -> Rollout:
    """Return that the servers without a cluster go first, and all others only if these end well.

    Clusters of one site wait for each other: the last Web Bridges of a site must not be off together.

    Args:
        asked: by the operator.
        groups: of nodes, whose services are renewed.
    """
    sites = [site for group in groups if not is_standalone(group.unit_name) for site in group.sites]
    if len(set(sites)) < len(sites):
        asked = replace(asked, at_once=1)
    edges = tuple(group.unit_name for group in groups if is_standalone(group.unit_name))
    return replace(asked, canaries=(*edges, *asked.canaries)) if len(edges) < len(groups) else asked


def _looked_at(
    nr: Nornir, wanted: ServiceWish, looking: Looking, services: tuple[RenewableService, ...]
) -> tuple[Prepared, ...]:
    sights = observation.run(nr, services, looking.clock, counter(nr, wanted))
    now = looking.clock()
    prepared = [prepare(sight, wanted, now) for sight in sights]
    judged_ones = with_stores_judged(prepared, wanted.everybody or nodes_of(nr))
    return tuple(_with_notes(one, untold(nr, one.sight, one.goal)) for one in judged_ones)


def _with_notes(one: Prepared, notes: Iterable[str]) -> Prepared:
    return replace(one, faults=replace(one.faults, notes=(*one.faults.notes, *notes)))


def is_concerned(one: Prepared) -> bool:
    """Return whether a service that is wanted is set up in a group, or may be: a node that is silent shows nothing.

    Args:
        one: the group, as it was looked at.
    """
    nodes = [node for node in one.sight.group.nodes if one.wish.is_about(node.name)]
    seen = (node.services.get(service.name) for node in nodes for service in one.wish.services)
    in_use = any(service is not None and (service.pairs or service.enabled) for service in seen)
    return in_use or bool(one.faults.notes) or any(not node.answers for node in nodes)
