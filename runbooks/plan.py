"""Preflight and the ordered steps of a renewal; changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from nornir.core import Nornir

from mmpctl.cluster.keeper import KeeperDecision, decide_keeper
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.plan import Step, plan
from mmpctl.cluster.preflight import READY, REFUSED, Preflight, preflight
from mmpctl.cluster.step_effects import effects, expected
from mmpctl.cluster.target import SAME, VERSIONED, Goal
from mmpctl.errors import UsageError
from mmpctl.inventory.nodes import clusters_of
from mmpctl.inventory.read_only_sessions import reading
from mmpctl.renewal import observation
from mmpctl.renewal import outcome as codes
from mmpctl.renewal.operator_confirmation import KeeperWord, words_of
from mmpctl.renewal.preparation import Prepared, prepare


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """The plan of one cluster.

    Args:
        site: where it stands; None when it spans several sites.
        prepared: the cluster as it was observed, the goal, and the files.
        keeper: the decision about the keeper.
        preflight: the verdict.
        steps: in order; empty unless the verdict is `ready`.
        blocked: refused for a reason that no word of the operator's on the keeper takes away.
        word: the operator's word on the keeper, where it was given.
    """

    site: str | None
    prepared: Prepared
    keeper: KeeperDecision
    preflight: Preflight
    steps: tuple[Step, ...]
    blocked: bool = False
    word: KeeperWord | None = None

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.prepared.cluster.name

    @property
    def cluster(self) -> ObservedCluster:
        """The cluster as it was observed."""
        return self.prepared.cluster

    @property
    def goal(self) -> Goal:
        """What it is to become."""
        return self.prepared.goal

    @property
    def keeper_is_open(self) -> bool:
        """Only the operator's word on the keeper is missing."""
        if self.blocked:
            return False
        confirmed = judge(self.site, self.prepared, self.keeper.keeper, reasoned=True)
        return self.preflight.verdict == REFUSED and confirmed.preflight.verdict == READY

    def confirm_keeper(self, word: KeeperWord) -> ClusterPlan:
        """Return the plan with the operator's word that this node is the keeper."""
        return judged(self.site, self.prepared, word)

    def seen_again(self, cluster: ObservedCluster) -> ClusterPlan:
        """Return the plan, made again from what the cluster shows now; the operator's choice of keeper holds."""
        prepared = replace(self.prepared, cluster=cluster)
        return judged(self.site, prepared, self.word)

    def refused(self, reason: str) -> ClusterPlan:
        """Return the plan, not to be started for one more reason."""
        reasons = (reason,) if self.preflight.verdict == READY else (*self.preflight.reasons, reason)
        return replace(self, preflight=Preflight(REFUSED, reasons, self.preflight.notes), steps=(), blocked=True)

    def with_snapshot(self, name: str) -> ClusterPlan:
        """Return the plan with the name of its backups."""
        prepared = replace(self.prepared, goal=replace(self.goal, snapshot=name))
        return replace(self, prepared=prepared, steps=plan(prepared.cluster, prepared.goal))


@dataclass(frozen=True, slots=True)
class PlanReport:
    """The plans of a fleet's clusters.

    Args:
        clusters: in the order of the inventory.
        declined: the operator was asked, and did not say yes.
    """

    clusters: tuple[ClusterPlan, ...]
    declined: bool = False

    @property
    def asks(self) -> bool:
        """There is something that the operator can say yes to."""
        return bool(self.ready) or any(cluster.keeper_is_open for cluster in self.clusters)

    @property
    def ready(self) -> tuple[str, ...]:
        """The clusters whose renewal may begin."""
        return tuple(cluster.name for cluster in self.clusters if cluster.preflight.verdict == READY)

    @property
    def code(self) -> int:
        """5 if all are refused, 10 if only some are."""
        refused = (cluster.preflight.verdict == REFUSED for cluster in self.clusters)
        return codes.exit_code(codes.REFUSED if one else codes.DONE for one in refused)


def run(
    nr: Nornir,
    certs: Path,
    *,
    keepers: Mapping[str, str] | None = None,
    reason: str | None = None,
    leave_out: frozenset[str] = frozenset(),
    names: str = VERSIONED,
    slaves_at_once: int | None = None,
    known_runs: Callable[[str], frozenset[str]] = lambda _: frozenset(),
    clock: Callable[[], datetime],
    read_only: bool = True,
) -> PlanReport:
    """Look at every cluster of the inventory given, and plan its renewal.

    Args:
        nr: filtered by the caller to whole clusters.
        certs: the folder of the new certificates.
        keepers: the node whose database survives, by cluster, if the operator confirms it.
        reason: why they are the right ones.
        leave_out: names of dead nodes to go on without.
        names: `versioned` or `same`.
        slaves_at_once: how many slaves leave or join together; None for all.
        known_runs: the runs of a cluster on which nobody works: their backups on the nodes are no sign of another run.
        clock: gives the time, aware, UTC.
        read_only: look in sessions that can send nothing else; without it they are of use for a renewal afterwards.

    Raises:
        UsageError: a name that no node or cluster has, or a folder that is not there.
    """
    check_names(nr, keepers or {}, leave_out, certs)
    words = words_of(keepers or {}, reason, clock())
    with reading(nr) if read_only else nullcontext():
        sights = observation.run(nr, services=names == SAME, clock=clock)
    plans = []
    for sight in sights:
        name = sight.cluster.name
        goal = Goal(
            keeper=sight.cluster.inventory_master.name,
            keeper_address=own_address(sight.cluster),
            wanted={},
            left_out=leave_out & {node.name for node in sight.cluster.nodes},
            names=names,
            slaves_at_once=slaves_at_once,
            known_runs=known_runs(name),
        )
        prepared = prepare(sight, goal, certs, clock(), [other for other in sights if other is not sight])
        plans.append(judged(sight.site, prepared, words.get(name)))
    return PlanReport(tuple(plans))


def judged(site: str | None, prepared: Prepared, word: KeeperWord | None) -> ClusterPlan:
    """Plan a cluster from what was seen and what the operator confirmed, which the plan keeps.

    Args:
        site: where the cluster stands; None when it spans several sites.
        prepared: the cluster as it was observed, the goal, and the files.
        word: on the keeper, if one was given.
    """
    reasoned = word is not None and word.reasoned
    return replace(judge(site, prepared, word.node if word else None, reasoned=reasoned), word=word)


def judge(site: str | None, prepared: Prepared, confirmed: str | None, *, reasoned: bool = False) -> ClusterPlan:
    """Decide on the keeper, check what must be true before a renewal, and plan it.

    Args:
        site: where the cluster stands; None when it spans several sites.
        prepared: the cluster as it was observed, the goal, and the files.
        confirmed: the node that the operator named as keeper, if any.
        reasoned: the operator said why it is the right one.
    """
    now = prepared.checked_at
    keeper = decide_keeper(prepared.cluster, confirmed, now, reasoned=reasoned)
    verdict = preflight(prepared.cluster, prepared.goal, keeper, now)
    steps = plan(prepared.cluster, prepared.goal) if verdict.verdict == READY else ()
    return ClusterPlan(site, prepared, keeper, verdict, steps)


def own_address(cluster: ObservedCluster) -> str:
    """Return the keeper's address as it shows it; the inventory's while it shows none.

    Args:
        cluster: as it is seen.
    """
    keeper = cluster.inventory_master
    own = cluster.own_line(keeper)
    return own.address if own else keeper.db_address


def check_names(nr: Nornir, keepers: Mapping[str, str], leave_out: Iterable[str], certs: Path) -> None:
    """Make sure that the names and the folder of a command line are there.

    Args:
        nr: filtered by the caller to whole clusters.
        keepers: the node whose database survives, by cluster.
        leave_out: names of dead nodes to go on without.
        certs: the folder of the new certificates.

    Raises:
        UsageError: a name that no node or cluster has, or a folder that is not there.
    """
    clusters = {cluster.name: cluster for cluster in clusters_of(nr) if cluster.name is not None}
    nodes = {node.name: cluster for cluster in clusters.values() for node in cluster.nodes}
    for cluster, node in keepers.items():
        if cluster not in clusters:
            raise UsageError(
                f"--keeper {cluster}={node}: no cluster {cluster}", advice=f"Known clusters: {_list(clusters)}."
            )
        if node not in nodes or nodes[node].name != cluster:
            known = _list(member.name for member in clusters[cluster].nodes)
            raise UsageError(f"--keeper {cluster}={node}: no node {node} in {cluster}", advice=f"Its nodes: {known}.")
    for node in leave_out:
        if node not in nodes:
            raise UsageError(f"--leave-out {node}: no such node", advice=f"Known nodes: {_list(nodes)}.")
    if not certs.is_dir():
        raise UsageError(f"--certs {certs}: no such folder", advice="Name the folder with the new certificates.")


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def step_documents(steps: tuple[Step, ...], keeper: str) -> list[dict[str, Any]]:
    """Return steps as the JSON of the contract, each with what it means.

    Args:
        steps: a whole plan, or all that is left of one.
        keeper: inventory name of the node whose database survives.
    """
    return [
        {
            "number": step.number,
            "wave": step.wave,
            "node": step.node,
            "action": step.action,
            "command": step.command,
            "effect": effect.database,
            "destroys": effect.destroys,
            "expected": effect.expected.words,
            "expected_seconds": asdict(effect.expected),
            "safe_to_stop": effect.safe_to_stop,
            "if_stopped": effect.if_stopped,
        }
        for step, effect in zip(steps, effects(steps, keeper), strict=True)
    ]


def document(report: PlanReport) -> dict[str, Any]:
    """Return the report as the JSON of the contract."""
    return {
        "schema": 1,
        "command": "plan",
        "clusters": [
            {
                "name": cluster.name,
                "site": cluster.site,
                "keeper": cluster.keeper.keeper,
                "keeper_proved": cluster.keeper.proved,
                "keeper_evidence": list(cluster.keeper.evidence),
                "keeper_conclusions": list(cluster.keeper.conclusions),
                "keeper_contradictions": list(cluster.keeper.contradictions),
                "verdict": cluster.preflight.verdict,
                "reasons": list(cluster.preflight.reasons),
                "notes": list(cluster.preflight.notes),
                "expected": expected(cluster.steps).words if cluster.steps else None,
                "steps": step_documents(cluster.steps, cluster.keeper.keeper),
            }
            for cluster in report.clusters
        ],
    }
