"""The second job as a kind in the table of jobs: how its groups are found, planned, begun and resumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypedDict

from nornir.core import Nornir
from nornir.core.inventory import Host

from mmpctl.cluster.permit import Identity
from mmpctl.cluster.preflight import Preflight, Verdict
from mmpctl.documents.begun import BegunUnit
from mmpctl.documents.request import InventoryLine, RolloutDocument
from mmpctl.errors import UsageError
from mmpctl.inventory.nodes import node_of, nodes_of
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.every_job.stopped_unit import StoppedUnit
from mmpctl.renewal.job_kind import AnyKind, Looking
from mmpctl.renewal.jobs.catalogue import JOBS
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.request import inventory_line
from mmpctl.renewal.resume.comparison import NodeSeen
from mmpctl.renewal.resume.continuation import Continuation
from mmpctl.renewal.resume.said import Said
from mmpctl.renewal.resume.same_nodes import check_same
from mmpctl.renewal.resume.take_up import take_up
from mmpctl.renewal.rollout import Rollout
from mmpctl.renewal.unit import Unit
from mmpctl.runs.folder import RunFolder
from tests.support.hostname_job import (
    KIND,
    NAMING,
    RESTARTING,
    WORDS,
    HostnameJob,
    HostnamePlan,
    Hosts,
    HostWork,
    group_of,
    planned,
)

# The new names, by inventory name, of each group.
Wanted = Mapping[str, Mapping[str, str]]


class NamedNode(InventoryLine):
    """One node as the run began with it."""

    host_key: str
    hostname: str


class NamedGroup(TypedDict):
    """One group as the run began with it."""

    name: str
    wanted: dict[str, str]
    nodes: list[NamedNode]


class NamingRequest(TypedDict):
    """The request of a run of this job."""

    rollout: RolloutDocument
    clusters: list[NamedGroup]


class StoppedHosts(StoppedUnit[Hosts, HostnamePlan, HostnameJob]):
    """One group of a run that is resumed."""

    untouched = "No node was restarted."

    def __init__(self, run: RunContext, one: NamedGroup, said: Said) -> None:
        self._anew = planned(run.nr, one["name"], one["wanted"])
        super().__init__(run, self._anew.unit, self._anew.seen, said)
        self._then = one["nodes"]

    @property
    def is_opened(self) -> bool:
        """Whether a node may have restarted."""
        return self.run.journal.history(self.unit.name).has_begun((NAMING, RESTARTING))

    def check_nodes(self) -> None:
        """Make sure that all nodes answer, and are those that the run began with."""
        # Their host names are what the run changes.
        then = [{"name": one["name"], "host_key": one["host_key"]} for one in self._then]
        check_same(self.seen.nodes, then, self._anew.wanted, self.seen.errors, "Bring {} back.".format)

    def planned_anew(self) -> HostnamePlan:
        """Return the plan of a group in which no node was restarted."""
        return self._anew

    def begun_with(self) -> tuple[HostnamePlan, tuple[str, ...]]:
        """Return the plan with the names that the run began with."""
        then = {one["name"]: Identity(one["host_key"], one["hostname"], frozenset()) for one in self._then}
        return replace(self._anew, identities=then, preflight=Preflight(Verdict.READY), steps=()), ()

    def job(self, planned: HostnamePlan) -> HostnameJob:
        """Return the group's part of the run."""
        return HOSTNAMES.job(self.run, planned)

    def left(self, planned: HostnamePlan, job: HostnameJob) -> HostnamePlan:
        """Return the plan with the steps that are left."""
        return replace(planned, seen=job.seen, steps=job.remaining())

    def states(self) -> dict[str, str]:
        """Return the name that each node shows."""
        return {node.name: node.shown for node in self.seen.nodes}

    def nodes_seen(self) -> tuple[NodeSeen, ...]:
        """Return what each node shows, in words."""
        return tuple(NodeSeen(node.name, f"its name is {node.shown}", node.answers) for node in self.seen.nodes)


class HostnameKind:
    """Gives nodes other host names."""

    name = KIND
    words = WORDS
    form = NamingRequest

    def units(self, nr: Nornir) -> tuple[Unit, ...]:
        """Return a group for each cluster of the inventory."""
        groups = dict.fromkeys(node.cluster or "" for node in nodes_of(nr))
        return tuple(Unit(KIND, name, "") for name in groups)

    def home(self, host: Host) -> str:
        """Return the cluster of a host."""
        return node_of(host).cluster or ""

    def turns(self, asked: Rollout, units: Sequence[Unit], nr: Nornir) -> Rollout:
        """Return what was asked for: no unit waits for another."""
        return asked

    def check(self, nr: Nornir, wanted: Wanted) -> None:
        """Each name is for a node that is there."""
        for node in (node for group in wanted.values() for node in group):
            if node not in nr.inventory.hosts:
                raise UsageError(f"there is no node {node}")

    def narrowed(self, wanted: Wanted, nr: Nornir) -> Wanted:
        """Return the names for the nodes that are given."""
        return {
            name: {node: new for node, new in one.items() if node in nr.inventory.hosts} for name, one in wanted.items()
        }

    def plan(self, nr: Nornir, wanted: Wanted, looking: Looking) -> tuple[HostnamePlan, ...]:
        """Look at every node; one that does not answer is a reason to refuse."""
        return tuple(planned(nr, name, names) for name, names in wanted.items() if names)

    def job(self, run: RunContext, plan: HostnamePlan) -> HostnameJob:
        """Return one group's part of a run."""
        return HostnameJob(plan, HostWork(run, plan.name, plan))

    def to_request(self, nr: Nornir, wanted: Wanted, plans: Sequence[HostnamePlan]) -> Mapping[str, Any]:
        """Return the names, and what each node proved itself with."""
        lines = {node.name: inventory_line(node) for node in nodes_of(nr)}
        return {
            "clusters": [
                {
                    "name": plan.name,
                    "wanted": dict(plan.wanted),
                    "nodes": [
                        {**lines[node], "host_key": one.host_key, "hostname": one.hostname}
                        for node, one in plan.identities.items()
                    ],
                }
                for plan in plans
            ]
        }

    def from_request(self, one: NamedGroup) -> Unit:
        """Return a group as its run began with it."""
        return group_of(one["name"], one["wanted"])

    def told_of(self, one: BegunUnit) -> Unit:
        """Return a group of which only the name is known."""
        return Unit(KIND, one["name"], "")

    def checked(self, folder: RunFolder) -> tuple[str, ...]:
        """Nothing more is to be told."""
        return ()

    def valid_until(self, one: NamedGroup) -> str | None:
        """A name does not expire."""
        return None

    def on_resume(
        self, run: RunContext, units: Sequence[NamedGroup], request: NamingRequest, said: Said
    ) -> Mapping[str, Continuation[HostnamePlan] | UnitOutcome]:
        """Look up the open steps of each group, and plan what is left."""
        return take_up([StoppedHosts(run, one, said) for one in units])


HOSTNAMES = HostnameKind()
TABLE: Mapping[str, AnyKind] = MappingProxyType({**JOBS, KIND: HOSTNAMES})
