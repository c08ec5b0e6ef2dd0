"""Each kind of step has every part, and no part is another kind's."""

from __future__ import annotations

import inspect
from dataclasses import fields

import pytest

from mmpctl.cluster import step_kinds
from mmpctl.cluster.guards import Guards
from mmpctl.cluster.permit import Permit
from mmpctl.cluster.step import Step, StepKind
from mmpctl.cluster.step_kinds import KINDS, ActionName, OperationKind
from mmpctl.device.questions import texts
from mmpctl.renewal.action import Action
from mmpctl.renewal.jobs.database_cluster.actions import ACTIONS, INSTRUCTIONS
from mmpctl.renewal.jobs.database_cluster.cluster_facts import ClusterFacts

NAMES = tuple(ActionName)
BY_NAME = {action.kind.name: action for action in ACTIONS}


@pytest.mark.parametrize("name", NAMES)
def test_each_name_has_a_kind_an_action_and_instructions(name: ActionName) -> None:
    assert set(KINDS) == set(BY_NAME) == set(INSTRUCTIONS) == set(NAMES)
    action, kind = BY_NAME[name], KINDS[name]
    assert action.kind is kind and kind.name is name
    assert not inspect.isabstract(action) and issubclass(action, Action)
    for part in ("permit", "perform", "look_up", "instructions"):
        assert getattr(action, part) is not getattr(Action, part), f"{name} has no {part}"


@pytest.mark.parametrize("name", NAMES)
def test_each_kind_tells_what_it_does_and_how_long_it_takes(name: ActionName) -> None:
    kind = KINDS[name]
    step = Step(1, 1, "lon-2", kind, ("10.1.0.1",))
    assert step.action == name and str(step.key) == f"{name}:lon-2"
    assert step.command == f"{kind.verb} 10.1.0.1" and kind.command() == kind.verb
    assert kind.effect(step, (step,), "lon-1")
    assert kind.is_check or "{nodes}" in kind.doing
    assert kind.expected.least > 0 and (kind.expected.most is None or kind.expected.most > kind.expected.least)


def test_kinds_instructions_and_words_are_each_their_own() -> None:
    for of in (lambda name: INSTRUCTIONS[name], lambda name: KINDS[name].doing, lambda name: KINDS[name].verb):
        assert len({of(name) for name in NAMES}) == len(NAMES)
    assert len({type(kind) for kind in KINDS.values()}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_touches_the_cluster_takes_a_permit_that_only_the_guards_make(name: ActionName) -> None:
    permit = inspect.signature(BY_NAME[name].permit, eval_str=True).return_annotation
    if not KINDS[name].touches:
        assert permit is None and not hasattr(Guards, name)
        return
    assert issubclass(permit, Permit) and permit is not Permit
    guard = inspect.signature(getattr(Guards, name), eval_str=True).return_annotation
    assert permit is guard
    permits = [inspect.signature(BY_NAME[other].permit, eval_str=True).return_annotation for other in NAMES]
    assert permits.count(permit) == 1, "no two kinds share a permit"


@pytest.mark.parametrize("name", [name for name in NAMES if isinstance(KINDS[name], OperationKind)])
def test_what_is_confirmed_has_a_question_an_end_and_advice_after_a_failure(name: ActionName) -> None:
    kind = KINDS[name]
    assert isinstance(kind, OperationKind)
    # How a client words its question is not known, and it may ask nothing.
    assert any(texts(name, ())) is (name is not ActionName.CONNECT)
    assert kind.after_failure(True) and kind.after_failure(False)


def test_an_action_that_lacks_a_part_cannot_be_made() -> None:
    class Half(Action[None, None, ClusterFacts]):
        kind = step_kinds.JOIN

    with pytest.raises(TypeError, match="look_up"):
        Half()  # type: ignore[abstract]


def test_a_kind_that_does_not_tell_its_effect_cannot_be_made() -> None:
    class Silent(StepKind):
        name = "silent"

    with pytest.raises(TypeError, match="effect"):
        Silent()  # type: ignore[abstract]


def test_a_step_holds_what_it_is_given_and_no_text_of_a_command() -> None:
    assert [field.name for field in fields(Step)] == ["number", "wave", "node", "kind", "payload", "again", "part"]
