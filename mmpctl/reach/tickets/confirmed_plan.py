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
from mmpctl.renewal.jobs.services.group_plan import GroupPlan
from mmpctl.renewal.jobs.services.kind import is_concerned
from mmpctl.renewal.resume.continuation import Continuation


@dataclass(frozen=True, slots=True)
class Confirmable:
    """What a desk needs of a plan to have it confirmed.

    Args:
        digest: of the plan.
        awaits_word: only the operator's word is missing, on the keeper or on calls that drop.
        open_questions: why that is wanted.
        dropping: of services, inventory names of the nodes whose calls would drop.
        concerned: of services, whether one that was asked for is set up there, or may be.
        renews: the site begins renewals at all; one that does not say is asked.
        home: id of the site's folder of tickets; empty if it does not tell.
    """

    digest: Sha256
    awaits_word: bool = False
    open_questions: tuple[str, ...] = ()
    dropping: tuple[str, ...] = ()
    concerned: bool = True
    renews: bool = True
    home: str = ""


class OtherPlan(RefusedError):
    """The plan of now is not the one that was confirmed; nothing was changed."""

    code = "other-plan"


def plan_digest(plan: ClusterPlan | GroupPlan) -> Sha256:
    """Return a SHA-256 over what a plan does: the keeper or the services, the steps and the files, lower-case hex.

    Times, evidence and notes are left out: they differ from one look to the next, and nothing is done by them.

    Args:
        plan: of a cluster or of a group of nodes, before its run has a name.
    """
    if isinstance(plan, GroupPlan):
        return _digest_of_services(plan)
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


def _digest_of_services(plan: GroupPlan) -> Sha256:
    goal, wish = plan.goal, plan.prepared.wish
    units = [
        {
            "service": [unit.key.node, unit.key.part],
            "files": [
                [one.part, one.arguments(back=True), one.arguments(back=False), dict(one.digests)] for one in unit.given
            ],
            "presents": [[pair.part, pair.presents.leaf, pair.presents.chain] for pair in unit.presenting],
        }
        for unit in goal.units
    ]
    return _digest(
        {
            "job": plan.unit.job,
            "group": plan.name,
            "verdict": plan.verdict.value,
            "services": units,
            "calls": [goal.max_calls, sorted(goal.restarts)],
            "done": sorted(wish.done),
            "by itself": [wish.if_due, wish.alone is not None],
            "steps": _steps(plan.steps),
        }
    )


def confirmable(plan: ClusterPlan | GroupPlan, *, renews: bool = True) -> Confirmable:
    """Return what a desk needs of a plan to have it confirmed.

    Args:
        plan: of a cluster or of a group of nodes, before its run has a name.
        renews: the site begins renewals at all.
    """
    if isinstance(plan, GroupPlan):
        dropping = tuple(key.node for key in plan.dropping) if plan.awaits_word else ()
        return Confirmable(plan_digest(plan), plan.awaits_word, (), dropping, is_concerned(plan.prepared), renews)
    return Confirmable(plan_digest(plan), plan.awaits_word, plan.keeper.open_questions, renews=renews)


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
