"""Steps as documents: each of a plan, in its order, with what it means."""

from __future__ import annotations

from pathlib import Path

from mmpctl.cluster.plan import plan
from mmpctl.cluster.step_documents import step_documents
from mmpctl.cluster.step_effects import effects
from tests.cluster.cases import read_case


def test_each_step_is_told_with_what_it_does_to_the_data() -> None:
    case = read_case(Path(__file__).parent / "plan" / "calm.yaml")
    steps = plan(case.cluster, case.goal, case.history)
    told = step_documents(steps, "lon-1")
    assert [(one["number"], one["node"], one["action"]) for one in told] == [
        (step.number, step.node, step.action) for step in steps
    ]
    assert [one["destroys"] for one in told] == [effect.destroys for effect in effects(steps, "lon-1")]
    assert {one["action"] for one in told if one["destroys"]} == {"join"}
    assert all(one["command"] and one["effect"] and one["expected"] for one in told)
