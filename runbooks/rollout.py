"""In which order the clusters of a run follow each other, and when no further one is begun."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

from nornir.core import Nornir

from mmpctl.errors import UsageError
from mmpctl.inventory.nodes import clusters_of
from mmpctl.runbooks import outcome as codes
from mmpctl.runbooks.outcome import ClusterOutcome
from mmpctl.runbooks.plan import ClusterPlan
from mmpctl.runbooks.stop import Stop

AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Rollout:
    """How many clusters are open at the same time, and how much may go wrong.

    Args:
        canaries: names of the clusters that go first; none of the others begins unless all of these end well.
        at_once: how many clusters are worked on at the same time.
        max_failures: how many clusters may stop or fail before no further one is begun; those that are refused before
            anything was touched do not count.
    """

    canaries: tuple[str, ...] = ()
    at_once: int = AT_ONCE
    max_failures: int = 0


def check_canaries(nr: Nornir, rollout: Rollout) -> None:
    """Make sure that the clusters that are to go first are there.

    Args:
        nr: filtered by the caller to whole clusters.
        rollout: what was asked for.

    Raises:
        UsageError: a canary is not among them.
    """
    known = [group.name for group in clusters_of(nr) if group.name is not None]
    for name in rollout.canaries:
        if name not in known:
            raise UsageError(f"--canary {name}: no such cluster is selected", advice=f"selected: {', '.join(known)}")


class Turns:
    """Lets clusters begin as long as all goes well; called from several threads.

    Args:
        rollout: what was asked for.
        stop: the operator's wish to stop.
    """

    def __init__(self, rollout: Rollout, stop: Stop) -> None:
        self._rollout = rollout
        self._stop = stop
        self._lock = Lock()
        self._failed: list[str] = []

    def take(self, plan: ClusterPlan, act: Callable[[ClusterPlan], ClusterOutcome]) -> ClusterOutcome:
        """Let one cluster begin, or say why not.

        Args:
            plan: the cluster's.
            act: carries the plan out.
        """
        with self._lock:
            why = self._why_not()
        if why is not None:
            return not_started(plan, why)
        outcome = act(plan)
        if outcome.has_failed:
            with self._lock:
                self._failed.append(outcome.name)
        return outcome

    def _why_not(self) -> str | None:
        if self._stop.wished:
            return "not started: the run was asked to stop"
        if len(self._failed) > self._rollout.max_failures:
            return (
                f"not started: {', '.join(self._failed)} did not end well, and "
                f"{self._rollout.max_failures} such clusters are allowed (--max-failures)"
            )
        return None


def in_turn(
    plans: Sequence[ClusterPlan], rollout: Rollout, stop: Stop, act: Callable[[ClusterPlan], ClusterOutcome]
) -> list[ClusterOutcome]:
    """Carry out the plans of several clusters: the canaries first, then so many at a time.

    Args:
        plans: in the order in which they begin.
        rollout: what was asked for.
        stop: the operator's wish to stop.
        act: carries one plan out; raises nothing.

    Returns:
        One outcome for each plan: the canaries' first.
    """
    canaries = [plan for plan in plans if plan.name in rollout.canaries]
    others = [plan for plan in plans if plan.name not in rollout.canaries]
    turns = Turns(rollout, stop)
    first = _side_by_side(canaries, rollout, turns, act)
    why = canary_trouble(first)
    if why is not None:
        return [*first, *(not_started(plan, why) for plan in others)]
    return [*first, *_side_by_side(others, rollout, turns, act)]


def canary_trouble(canaries: Iterable[ClusterOutcome]) -> str | None:
    """Why no other cluster may begin after these canaries; None when it may.

    Args:
        canaries: how they ended.
    """
    bad = [f"{outcome.name} ({outcome.outcome})" for outcome in canaries if outcome.code != codes.DONE]
    return f"not started: the canary {', '.join(bad)} was not renewed" if bad else None


def not_started(plan: ClusterPlan, why: str) -> ClusterOutcome:
    """The outcome of a cluster of a run whose turn did not come: resume begins it.

    Args:
        plan: the cluster's.
        why: as the user reads it.
    """
    return ClusterOutcome(
        plan.name,
        plan.keeper.keeper,
        codes.STOPPED,
        "not started",
        why,
        ("The cluster is as it was: nothing was sent to its nodes but questions.",),
        plan.steps,
    )


def _side_by_side(
    plans: Sequence[ClusterPlan], rollout: Rollout, turns: Turns, act: Callable[[ClusterPlan], ClusterOutcome]
) -> list[ClusterOutcome]:
    if not plans:
        return []
    with ThreadPoolExecutor(max_workers=min(len(plans), rollout.at_once)) as pool:
        return list(pool.map(lambda plan: turns.take(plan, act), plans))
