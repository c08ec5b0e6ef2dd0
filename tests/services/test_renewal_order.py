"""The plan of a renewal of services: state in, steps out; every case is a file of `plan/`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mmpctl.cluster.progress import History
from mmpctl.cluster.step import Step, StepKey
from mmpctl.cluster.step_effects import PAUSE, SAFE, effects
from mmpctl.services.renewal_order import plan, way_back
from mmpctl.services.seen_services import UnitKey
from mmpctl.services.service_history import is_open, is_opened, resumed, unit_of_step
from tests.cluster.cases import keys, step_lines
from tests.services.cases import Case, case_files, make_case, read_case

FORBIDDEN = ("callbridge enable", "gensecret", "credentials", "reset", "none", "database", "callbridge disable")


def steps_of(case: Case) -> tuple[Step, ...]:
    return (way_back if case.back else plan)(case.group, case.goal, case.history)


@pytest.mark.parametrize("path", case_files(), ids=lambda path: path.stem)
def test_plan(path: Path) -> None:
    case = read_case(path)
    assert step_lines(steps_of(case)) == case.steps


@pytest.mark.parametrize("path", case_files(), ids=lambda path: path.stem)
def test_one_service_of_one_node_is_finished_before_the_next_begins(path: Path) -> None:
    case = read_case(path)
    steps = steps_of(case)
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    assert len({step.key for step in steps}) == len(steps)
    of_units = [(step, unit) for step in steps if (unit := unit_of_step(step.key)) is not None]
    order = [unit for _, unit in of_units]
    assert [unit for number, unit in enumerate(order) if unit in order[:number] and order[number - 1] != unit] == []
    # Whatever is begun ends with a proof, and each step of it has a wave of its own.
    assert {unit for step, unit in of_units if step.action == "prove"} == set(order)
    assert len({step.wave for step, _ in of_units}) == len(of_units)
    assert [step.command for step in steps if any(word in step.command for word in FORBIDDEN)] == []


def test_what_is_left_after_each_step_is_the_rest_of_the_plan() -> None:
    case = read_case(Path(__file__).parent / "plan" / "calm.yaml")
    group, done, whole = case.group, frozenset[StepKey](), plan(case.group, case.goal)
    for number, step in enumerate(whole, 1):
        done |= {step.key}
        if step.action in ("disable", "enable"):
            node = group.node(step.node)
            switched = replace(node.services[step.part], enabled=step.action == "enable")
            node = replace(node, services={**node.services, step.part: switched})
            group = group.with_nodes({step.node: node})
        assert [one.command for one in plan(group, case.goal, History(done))] == [one.command for one in whole[number:]]


def test_there_are_enough_cases() -> None:
    assert len(case_files()) >= 21
    assert sum(not read_case(path).steps for path in case_files()) == 3


@pytest.mark.parametrize(
    ("action", "stop"),
    [
        ("upload", (SAFE, "the services are as they were")),
        ("verify", (SAFE, "the services are as they were")),
        ("disable", (PAUSE, "the service that was begun on edge-1 is off, or not proved yet")),
        ("certs", (PAUSE, "the service that was begun on edge-1 is off, or not proved yet")),
        ("enable", (PAUSE, "the service that was begun on edge-1 is off, or not proved yet")),
        ("prove", (SAFE, "services that were renewed keep the new certificates, the others their old ones")),
    ],
)
def test_what_it_means_to_stop_after_a_step(action: str, stop: tuple[str, str]) -> None:
    case = make_case({"edge-1": {"turn": "on old"}, "edge-2": {"turn": "on old"}})
    steps = plan(case.group, case.goal)
    first = next(effect for step, effect in zip(steps, effects(steps, ""), strict=True) if step.action == action)
    assert (first.safe_to_stop, first.if_stopped) == stop


def test_the_last_service_is_proved_before_it_is_safe_to_stop() -> None:
    case = make_case({"edge-1": {"turn": "on old"}})
    steps = plan(case.group, case.goal)
    assert [(step.action, effect.safe_to_stop) for step, effect in zip(steps, effects(steps, ""), strict=True)][
        -2:
    ] == [
        ("enable", PAUSE),
        ("prove", SAFE),
    ]


def test_each_step_says_what_it_does_to_its_service() -> None:
    case = make_case({"lon-1": {"callbridge": "? old", "turn": "on old"}})
    steps = plan(case.group, case.goal)
    told = {step.action: effect.what for step, effect in zip(steps, effects(steps, ""), strict=True)}
    assert told == {
        "upload": "untouched",
        "verify": "untouched",
        "disable": "off: the relayed media of external web clients ends",
        "certs": "given its new files",
        "enable": "on",
        "restart": "restarts: the calls on this node drop",
        "prove": "proved by a connection to show its new certificate",
    }


def test_a_resumed_run_looks_at_files_again_and_tries_again_what_is_back() -> None:
    edge, other = UnitKey("edge-1", "turn"), UnitKey("edge-2", "turn")
    verified = ("upload:edge-1", "verify:edge-1", "upload:edge-2", "verify:edge-2")
    assert resumed(History(keys(*verified))) == History()
    begun = History(keys(*verified, "disable:edge-1/turn"), keys("certs:edge-1/turn"))
    assert resumed(begun) == History(keys("upload:edge-1", "verify:edge-1", "disable:edge-1/turn"), begun.intended)
    assert is_open(edge, begun) and not is_open(other, begun) and is_opened(begun)
    proved = ("disable:edge-2/turn", "certs:edge-2/turn", "enable:edge-2/turn", "prove:edge-2/turn")
    back = ("disable:edge-1/turn", "certs:edge-1/turn", "enable:edge-1/turn:again", "prove:edge-1/turn:again")
    over = History(keys(*verified, *proved, *back), keys("enable:edge-1/turn"))
    assert resumed(over) == History(keys(*proved))
    assert not is_opened(History(keys(*verified)))
