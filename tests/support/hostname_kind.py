"""The second job as a kind in the table of jobs: how its groups are found, planned, begun and resumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypedDict, cast

from nornir.core import Nornir
from nornir.core.inventory import Host

from mmpctl.cluster.permit import Identity
from mmpctl.cluster.preflight import Verdict
from mmpctl.cluster.step import Step
from mmpctl.documents.begun import BegunUnit
from mmpctl.documents.plan import PlannedCluster
from mmpctl.documents.request import InventoryLine, RolloutDocument
from mmpctl.errors import MmpError, UsageError
from mmpctl.inventory.nodes import node_of, nodes_of
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.job_kind import AnyKind, Looking
from mmpctl.renewal.jobs.catalogue import JOBS
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.request import inventory_line
from mmpctl.renewal.resume.continuation import Continuation
from mmpctl.renewal.resume.not_resumed import stopped
from mmpctl.renewal.resume.open_steps import look_up
from mmpctl.renewal.resume.said import Said
from mmpctl.renewal.rollout import Rollout
from mmpctl.renewal.unit import Unit
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.record import Event
from tests.support.hostname_job import KIND, WORDS, HostnameJob, Names, identities_of, names_of, steps_to

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


@dataclass(frozen=True)
class HostnamePlan:
    """The plan of one group."""

    name: str
    wanted: Mapping[str, str]
    identities: Mapping[str, Identity]
    seen: Names
    steps: tuple[Step, ...]
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    awaits_word: bool = False
    valid_until: datetime | None = None

    @property
    def unit(self) -> Unit:
        """The group, led by its first node."""
        return group_of(self.name, self.wanted)

    @property
    def verdict(self) -> Verdict:
        """Nothing has to be done for nodes that show their new names."""
        if self.reasons:
            return Verdict.REFUSED
        return Verdict.READY if self.steps else Verdict.NOTHING_TO_DO

    def refused(self, reason: str) -> HostnamePlan:
        """Return the plan with one more reason."""
        return replace(self, reasons=(*self.reasons, reason), steps=())

    def with_snapshot(self, name: str) -> HostnamePlan:
        """Nothing is backed up."""
        return self

    def document(self) -> PlannedCluster:
        """Return the plan with what every job tells of it."""
        told = {"name": self.name, "job": KIND, "verdict": self.verdict, "reasons": list(self.reasons)}
        return cast(
            "PlannedCluster", {**told, "steps": [{"node": one.node, "action": one.action} for one in self.steps]}
        )


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

    def turns(self, asked: Rollout, units: Sequence[Unit]) -> Rollout:
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
        return tuple(self._planned(nr, name, names) for name, names in wanted.items() if names)

    def _planned(self, nr: Nornir, name: str, wanted: Mapping[str, str]) -> HostnamePlan:
        seen = names_of(nr, wanted)
        silent = [f"{node} does not answer" for node, shown in seen.items() if shown is None]
        if silent:
            return HostnamePlan(name, wanted, {}, seen, (), tuple(silent))
        return HostnamePlan(name, wanted, identities_of(nr, wanted), seen, steps_to(wanted, seen, frozenset()))

    def job(self, run: RunContext, plan: HostnamePlan) -> HostnameJob:
        """Return one group's part of a run."""
        return HostnameJob(run, plan.name, plan.wanted, plan.identities)

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
        return {one["name"]: self._resumed(run, one) for one in units}

    def _resumed(self, run: RunContext, one: NamedGroup) -> Continuation[HostnamePlan] | UnitOutcome:
        run.journal.append(Event.RESUMED, one["name"])
        identities = {node["name"]: Identity(node["host_key"], node["hostname"], frozenset()) for node in one["nodes"]}
        job = HostnameJob(run, one["name"], one["wanted"], identities)
        try:
            found = look_up(run, job)
        except MmpError as error:
            return stopped(job.unit, error, run.folder, ())
        plan = HostnamePlan(one["name"], one["wanted"], identities, job.seen, job.remaining())
        return Continuation(plan, found)


def group_of(name: str, wanted: Mapping[str, str]) -> Unit:
    """A group as a unit of a run."""
    return Unit(KIND, name, next(iter(wanted)), {"wanted": dict(wanted)})


HOSTNAMES = HostnameKind()
TABLE: Mapping[str, AnyKind] = MappingProxyType({**JOBS, KIND: HOSTNAMES})
