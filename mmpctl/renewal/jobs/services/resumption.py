"""Remaining steps of a stopped run's services: what is off is finished first, whatever else is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mmpctl.cluster.preflight import Preflight, Verdict
from mmpctl.cluster.progress import History
from mmpctl.documents.services.service_request import BegunServices, RequestedGroup
from mmpctl.inventory.nodes import nodes_of
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.every_job.stopped_unit import StoppedUnit
from mmpctl.renewal.jobs.services import observation
from mmpctl.renewal.jobs.services.begun_with import check_files, files_of
from mmpctl.renewal.jobs.services.call_counts import counter
from mmpctl.renewal.jobs.services.extended_trust import with_stores
from mmpctl.renewal.jobs.services.group_plan import GroupPlan, judged
from mmpctl.renewal.jobs.services.group_states import nodes_seen, states
from mmpctl.renewal.jobs.services.group_work import GroupWork
from mmpctl.renewal.jobs.services.job import GroupJob
from mmpctl.renewal.jobs.services.judged_stores import with_stores_judged
from mmpctl.renewal.jobs.services.link_watch import LinkWatch, accounts_of, hosts_of, with_call_bridge
from mmpctl.renewal.jobs.services.observation import GroupSight
from mmpctl.renewal.jobs.services.preparation import Prepared, contents_of, prepare
from mmpctl.renewal.jobs.services.request import goal_of, identities_of, keys_of, requested_unit
from mmpctl.renewal.jobs.services.safety import WELL, safety
from mmpctl.renewal.jobs.services.wish import ServiceWish
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.resume.comparison import NodeSeen
from mmpctl.renewal.resume.continuation import Continuation
from mmpctl.renewal.resume.said import Said
from mmpctl.renewal.resume.same_nodes import check_same
from mmpctl.renewal.resume.take_up import take_up
from mmpctl.services.renewal_order import plan
from mmpctl.services.seen_services import SeenGroup, UnitKey
from mmpctl.services.service_history import has_done, is_open, is_opened, resumed
from mmpctl.services.service_preflight import FoundFaults
from mmpctl.services.service_steps import ServiceAction
from mmpctl.services.switched_services import all_in_turn

GroupContinuation = Continuation[GroupPlan]


def look(
    run: RunContext, groups: Sequence[RequestedGroup], request: BegunServices, said: Said
) -> dict[str, GroupContinuation | UnitOutcome]:
    """Look at the services of groups of a stopped run, each by itself.

    Args:
        run: the run; its journal is told what was found.
        groups: their parts of the request.
        request: the run's.
        said: what the operator said.

    Returns:
        By group, what is left of it, or why it does not go on.
    """
    wanted = {one["name"]: one for one in groups}
    wish = _wish(request, said)
    begun_with = frozenset(name for one in groups for name in goal_of(one, request).services)
    services = all_in_turn((*wish.names, *begun_with))
    sights = observation.run(run.nr, services, run.watch.clock, counter(run.nr, wish))
    mine = [sight for sight in sights if sight.group.name in wanted]
    return take_up([StoppedGroup(run, sight, wanted[sight.group.name], request, said) for sight in mine])


def work_of(run: RunContext, planned: GroupPlan) -> GroupWork:
    """Return one group's part of a run, as its steps need it.

    Args:
        run: the run.
        planned: the group's plan.
    """
    prepared = planned.prepared
    call_bridges = with_call_bridge(prepared.sight)
    links = LinkWatch(
        run, planned.name, call_bridges, accounts_of(run.nr, call_bridges), hosts_of(prepared.sight, planned.goal)
    )
    return GroupWork(
        run,
        planned.name,
        planned.goal,
        planned.identities,
        planned.were_on,
        prepared.sight.services,
        prepared.contents,
        counter(run.nr, prepared.wish),
        links,
    )


class StoppedGroup(StoppedUnit[SeenGroup, GroupPlan, GroupJob]):
    """The services of one group of a stopped run; of those that are begun, files and other nodes may be missing.

    Args:
        run: the run.
        sight: the group as it is seen now.
        one: its part of the request.
        request: the run's.
        said: what the operator said.
    """

    untouched = "No service was touched."
    well = WELL

    def __init__(
        self, run: RunContext, sight: GroupSight, one: RequestedGroup, request: BegunServices, said: Said
    ) -> None:
        super().__init__(run, requested_unit(one), sight.group, said, one["known_runs"])
        self._sight = sight
        self._one = one
        self._wish = _wish(request, said)
        self._goal = goal_of(one, request)

    @property
    def is_opened(self) -> bool:
        """Whether a service may have been touched."""
        return is_opened(self._history)

    def check_nodes(self) -> None:
        """Make sure that the nodes of the services that are begun answer; of a group that is to begin, all."""
        nodes = self._one["nodes"]
        needed = {key.node for key in self._open} if self.is_opened else {node["name"] for node in nodes}
        check_same(
            self._sight.group.nodes,
            nodes,
            needed if self.is_begun else (),
            self._sight.errors,
            lambda _: "One of its services was begun with. Bring it back, then resume.",
        )

    def planned_anew(self) -> GroupPlan:
        """Return the plan of a group in which no service was touched yet."""
        # The run may touch all nodes that it has begun with, and renews what it has begun to renew.
        keys = frozenset(unit.key for unit in self._goal.units)
        renewed = frozenset(key for key in keys if not key.aim)
        mine = replace(self._wish, only=frozenset(key.node for key in keys), units=renewed)
        # Which nodes check the new certificates was judged when the run began, with those that are not of this group.
        nodes = [node for node in nodes_of(self.run.nr) if node.name in self._sight.group.names]
        [prepared] = with_stores_judged([prepare(self._sight, mine, self.run.watch.clock())], nodes, again=True)
        changed = tuple(
            f"whom {name} trusts has changed since the run began, and does not cover the new certificates any more: "
            "close this run, and begin a new one"
            for name in sorted(prepared.to_look_at)
        )
        faults = replace(prepared.faults, stores=(*prepared.faults.stores, *changed))
        return judged(replace(prepared, faults=faults), self.known_runs)

    def check_planned(self, planned: GroupPlan) -> None:
        """Make sure that the files are the very ones that the run began with."""
        check_files(planned.goal, self._one)

    def begun_with(self) -> tuple[GroupPlan, Sequence[str]]:
        """Return the plan of a group with services that may be off; files that are missing are told."""
        left = [unit for unit in self._goal.units if not has_done(self._history, ServiceAction.PROVE, unit.key)]
        sets, notes = files_of(self._sight, left, self._wish, self._open)
        contents = with_stores(contents_of(sets), self._sight, left)
        prepared = Prepared(self._sight, self._wish, self._goal, FoundFaults(), contents, sets, self.run.watch.clock())
        planned = GroupPlan(
            prepared,
            self.known_runs,
            identities_of(self._one),
            keys_of(self._one["were_on"]),
            preflight=Preflight(Verdict.READY),
            site=self._sight.site,
        )
        return planned, notes

    def job(self, planned: GroupPlan) -> GroupJob:
        """Return the group's part of the run."""
        return GroupJob(planned, work_of(self.run, planned))

    def left(self, planned: GroupPlan, job: GroupJob) -> GroupPlan:
        """Return the plan with the steps that are left."""
        sight = replace(planned.prepared.sight, group=job.seen)
        steps = plan(job.seen, self._goal, job.history)
        return replace(planned, prepared=replace(planned.prepared, sight=sight), steps=steps)

    def states(self) -> Mapping[str, Any]:
        """Return what each node shows of its services."""
        return states(self.seen)

    def nodes_seen(self) -> tuple[NodeSeen, ...]:
        """Return what each node shows now, in words."""
        return nodes_seen(self.seen)

    def safety(self, job: GroupJob | None) -> Iterable[str]:
        """Return what is safe, if the services could be looked at."""
        return () if job is None else safety(job.work, job.seen, job.history)

    def from_the_beginning(self) -> str:
        """Return that no service was touched, and what follows."""
        return "no service was touched · therefore: from the beginning"

    @property
    def _history(self) -> History:
        return self.run.journal.history(self.unit.name, resumed=resumed)

    @property
    def _open(self) -> tuple[UnitKey, ...]:
        return tuple(unit.key for unit in self._goal.units if is_open(unit.key, self._history))


def _wish(request: BegunServices, said: Said) -> ServiceWish:
    return ServiceWish(
        said.certs or Path(request["certs"]),
        tuple(request["services"]),
        request["max_calls"],
        frozenset(request["drop_calls"]),
        frozenset(request["done"]),
    )
