"""The digest of what an operator confirms: if a site plans anything else by the time it begins, the digest differs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mmpctl.cluster.step import Step
from mmpctl.documents.forms import Sha256
from mmpctl.errors import RefusedError
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.renewal.resume.continuation import Continuation


@dataclass(frozen=True, slots=True)
class Confirmable:
    """What a desk needs of a plan to have it confirmed.

    Args:
        digest: of the plan.
        awaits_word: only the operator's word on the keeper is missing.
        open_questions: why that is wanted.
    """

    digest: Sha256
    awaits_word: bool = False
    open_questions: tuple[str, ...] = ()


class OtherPlan(RefusedError):
    """The plan of now is not the one that was confirmed; nothing was changed."""

    code = "other-plan"


def plan_digest(plan: ClusterPlan) -> Sha256:
    """Return a SHA-256 over the keeper, the steps and the files of a plan, lower-case hex.

    Times, evidence and notes are left out: they differ from one look to the next, and nothing is done by them.

    Args:
        plan: of a cluster, before its run has a name.
    """
    goal = plan.goal
    files = {
        node: {"files": dict(wanted.digests), "keys": dict(wanted.keys_on_node)} for node, wanted in goal.wanted.items()
    }
    return _digest(
        {
            "cluster": plan.name,
            "verdict": plan.verdict.value,
            "keeper": plan.keeper.keeper,
            "proved": plan.keeper.proved,
            "address": goal.keeper_address,
            "steps": _steps(plan.steps),
            "files": files,
            "left out": sorted(goal.left_out),
            "names": goal.names.value,
        }
    )


def confirmable(plan: ClusterPlan) -> Confirmable:
    """Return what a desk needs of a plan to have it confirmed.

    Args:
        plan: of a cluster, before its run has a name.
    """
    return Confirmable(plan_digest(plan), plan.awaits_word, plan.keeper.open_questions)


def rest_digest(run: str, chain: str, found: Iterable[Continuation[Any]]) -> Sha256:
    """Return a SHA-256 over what is left of a run, lower-case hex.

    Args:
        run: its name.
        chain: the end of its journal's chain.
        found: the units that go on, with their steps.
    """
    return _digest(
        {"run": run, "journal": chain, "units": {one.plan.name: _steps(one.plan.steps) for one in found}},
    )


def check_digest(confirmed: Sha256, now: Sha256, what: str) -> None:
    """Refuse to begin if what would be done is not what was confirmed.

    Args:
        confirmed: the digest in the ticket.
        now: that of what would be done.
        what: it is about, for the message: a cluster, or a run.

    Raises:
        OtherPlan: they differ.
    """
    if confirmed != now:
        raise OtherPlan(
            f"the plan for {what} is not the one that was confirmed: nodes, files or journal have changed meanwhile",
            advice="Nothing was changed. Give the command again, and look at the new plan.",
        )


def _steps(steps: Iterable[Step]) -> list[list[object]]:
    return [[step.number, step.wave, str(step.key), step.command] for step in steps]


def _digest(told: object) -> Sha256:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
