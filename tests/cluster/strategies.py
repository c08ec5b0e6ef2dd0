"""Clusters, goals and histories as hypothesis invents them: everything that can be observed, sensible or not."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.progress import History
from mmpctl.cluster.step import StepKey
from mmpctl.cluster.step_kinds import ActionName
from mmpctl.cluster.target import Goal
from tests.cluster.cases import STATES, make_cluster, make_goal

ACTIONS = tuple(ActionName)
STATUSES = ("Disabled", "Enabled", "Error", "Disabling | started=19", "Recovering", "silent")


class Situation(NamedTuple):
    """All that a plan is made of."""

    cluster: ObservedCluster
    goal: Goal
    history: History


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Any cluster of up to five databases and two clients, with any goal and any history."""
    roles = [
        "master",
        *draw(st.lists(st.just("slave"), max_size=4)),
        *draw(st.lists(st.just("client"), max_size=2)),
    ]
    names = [f"lon-{number}" for number in range(1, len(roles) + 1)]
    order = draw(st.permutations(list(zip(names, roles, strict=True))))
    cluster = make_cluster({name: f"{role} | {draw(_statuses(names))}" for name, role in order})
    goal = make_goal(
        cluster,
        left_out=draw(st.sets(st.sampled_from(names[1:]))) if names[1:] else (),
        names=draw(st.sampled_from(["versioned", "same"])),
        slaves_at_once=draw(st.sampled_from([None, 1, 2, 3])),
    )
    return Situation(cluster, goal, draw(_histories(names)))


@st.composite
def _statuses(draw: st.DrawFn, names: list[str]) -> str:
    status = draw(st.sampled_from(STATUSES))
    if status in ("Disabled", "silent"):
        return status
    seen = draw(st.lists(st.sampled_from([*names, "10.9.9.9"]), unique=True))
    view = ", ".join(f"{name} {draw(st.sampled_from(list(STATES)))}" for name in seen)
    word, *options = status.split(" | ")
    return " | ".join([word, view, *options])


@st.composite
def _histories(draw: st.DrawFn, names: list[str]) -> History:
    keys = [StepKey(action, name) for action in ACTIONS for name in names] + [
        StepKey(ActionName.BACKUP, "lon-1", again=True)
    ]
    return History(
        frozenset(draw(st.sets(st.sampled_from(keys)))),
        frozenset(draw(st.sets(st.sampled_from(keys), max_size=3))),
        "lon-1",
    )
