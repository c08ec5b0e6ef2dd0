"""The check after a renewal: every node's own word, several good looks in a row."""

from __future__ import annotations

import time
from threading import Event

from nornir.core import Nornir

from mmpctl.cluster.observed import ObservedCluster
from mmpctl.runbooks.execute import Execution
from mmpctl.runbooks.fleet import run_on
from mmpctl.runbooks.prepare import Prepared
from mmpctl.runbooks.progress import Progress
from mmpctl.tasks import verify

# A replica can fall out of sync again: one good look proves little.
GOOD_LOOKS = 3
SETTLE_SECONDS = 120.0


def verification(
    nr: Nornir, prepared: Prepared, execution: Execution, progress: Progress, seconds: float = SETTLE_SECONDS
) -> list[str]:
    """Check one cluster from every node that took part.

    Args:
        nr: a Nornir object that knows the cluster.
        prepared: the goal; names the files and their serial numbers.
        execution: looks at the nodes.
        progress: is told what happens.
        seconds: how long the nodes may take until they agree.

    Returns:
        What is wrong, one sentence each; empty when all is well.
    """
    goal = prepared.goal
    progress.note(execution.cluster.name, "verifying from every node")
    begun = time.monotonic()
    good = 0
    while good < GOOD_LOOKS:
        if good:
            Event().wait(0.2)
        cluster = execution.look()
        good = good + 1 if cluster.is_healthy(goal.left_out) else 0
        if not good:
            elapsed = time.monotonic() - begun
            if elapsed > seconds:
                return _unhealthy(cluster, goal.left_out)
            Event().wait(min(max(elapsed / 10, 0.05), 2.0))
    outcomes = run_on(
        nr, goal.wanted, verify, lambda name: {"files": goal.wanted[name].names, "serials": prepared.serials[name]}
    )
    problems = []
    for name, outcome in outcomes.items():
        if outcome.error is not None:
            problems.append(str(outcome.error))
        else:
            problems += [f"{name}: {problem}" for problem in outcome.value.problems]
    return problems


def _unhealthy(cluster: ObservedCluster, without: frozenset[str]) -> list[str]:
    problems = []
    for node in cluster.nodes:
        if node.name in without:
            continue
        if node.status is None:
            problems.append(f"{node.name} does not answer: {node.error}")
            continue
        members = ", ".join(f"{member.address} {member.state}" for member in node.status.nodes) or "no members"
        problems.append(f"{node.name} says {node.status.status} and sees {members}")
    return problems
