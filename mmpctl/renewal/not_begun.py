"""Why a cluster that is ready is not started: a run that has not ended, a canary, the wish to stop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mmpctl.cluster.preflight import Verdict
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.plans import P, UnitPlan
from mmpctl.renewal.rollout import Rollout, canary_trouble
from mmpctl.renewal.stop import Stop
from mmpctl.renewal.unit import Unit
from mmpctl.runs.ending import Ending
from mmpctl.runs.state import unfinished


def not_begun(cluster: UnitPlan[Any], why: str | None = None) -> UnitOutcome:
    """Return the outcome of a cluster that no run begins with.

    Args:
        cluster: its plan.
        why: the reason, for one that is ready.
    """
    if cluster.verdict is Verdict.NOTHING_TO_DO:
        return UnitOutcome(cluster.unit, Ending.NOTHING_TO_DO, "\n".join(cluster.reasons) or None)
    reasons = (why,) if why and cluster.verdict is Verdict.READY else cluster.reasons
    # Each has a semicolon or a full stop of its own: only a line tells where the next one begins.
    return UnitOutcome(cluster.unit, Ending.REFUSED, "\n".join(reasons))


def unless_unfinished(cluster: P, runs: Path) -> P:
    """Return the plan of a cluster, or its refusal if a run of the cluster has not ended.

    Args:
        cluster: its plan.
        runs: the folder of all runs.
    """
    why = why_unfinished(runs, cluster.unit)
    if why is None or cluster.verdict is Verdict.NOTHING_TO_DO:
        return cluster
    refused: P = cluster.refused(": ".join(why))
    return refused


def why_unfinished(runs: Path, unit: Unit) -> tuple[str, str] | None:
    """Return that a run of a unit has not ended, and what to do about it; None if all have.

    Args:
        runs: the folder of all runs.
        unit: which one.
    """
    before = unfinished(runs, unit.name)
    if before is None:
        return None
    return (
        f"the run {before} of this {unit.noun} is not finished",
        f"go on with `mmpctl resume {before}`, or close it with `mmpctl runs --close {before} --reason TEXT`",
    )


def reason_to_begin_none(
    clusters: Iterable[UnitPlan[Any]], outcomes: Mapping[str, UnitOutcome], rollout: Rollout, stop: Stop
) -> str | None:
    """Return the reason if no cluster may be started at all; None if clusters may start.

    Args:
        clusters: the plans.
        outcomes: of the clusters that other runs lock.
        rollout: which clusters go first.
        stop: whether the run was asked to stop.
    """
    if stop.wished:
        return "the run was asked to stop before anything was started"
    locked = [outcomes[name] for name in rollout.canaries if name in outcomes]
    planned = [not_begun(one) for one in clusters if one.name in rollout.canaries and one.verdict is not Verdict.READY]
    return canary_trouble([*locked, *planned])


def left_as_it_is(cluster: UnitPlan[Any], why: str) -> UnitOutcome:
    """Return the outcome of a cluster that is ready, and is not started.

    Args:
        cluster: its plan.
        why: what `reason_to_begin_none` returned.
    """
    advice = ("Nothing was started, and there is no run to resume. Give the command again.",)
    return UnitOutcome(cluster.unit, Ending.NOT_STARTED, why, advice)
