"""A renewal that is stopped at any step and carried on ends as the calm one, with the guards in force all the way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster.model import Model

ALL = "lon-1 master, lon-2 slave, lon-3 slave"
TOGETHER = {
    "lon-1": f"master | Enabled | {ALL}",
    "lon-2": f"slave | Enabled | {ALL}",
    "lon-3": f"slave | Enabled | {ALL}",
    "lon-4": f"client | Enabled | {ALL}",
}
APART = {name: f"{line.split()[0]} | Disabled" for name, line in TOGETHER.items()}
KINDS: list[Any] = [
    pytest.param(TOGETHER, {}, id="together"),
    pytest.param(TOGETHER, {"slaves_at_once": 1}, id="one slave at a time"),
    pytest.param(TOGETHER, {"names": "same"}, id="same names"),
    pytest.param(APART, {}, id="all had left"),
    pytest.param({name: f"{line} | last=" for name, line in APART.items()}, {}, id="disabled without a trace"),
    pytest.param({**TOGETHER, "lon-2": "slave | Disabled"}, {}, id="one slave had left"),
]


def finish(model: Model) -> None:
    """Carry out what is left; a plan that is made anew after each step never leads elsewhere."""
    while steps := [step for step in model.left() if step.action != "verify"]:
        model.do(steps[0])


def renewed(model: Model) -> bool:
    """Every node is in the new cluster with the keeper's rows, and one initialize was accepted."""
    return (
        model.seen().is_healthy()
        and model.initialized == 1
        and all(device.member_of == "new" and device.new_certificates for device in model.devices.values())
        and all(device.rows == 100 for device in model.devices.values() if device.has_database)
    )


@pytest.mark.parametrize(("lines", "options"), KINDS)
def test_the_whole_plan_renews_the_cluster(lines: dict[str, str], options: dict[str, Any]) -> None:
    model = Model.of(lines, **options)
    for step in model.left():
        model.do(step)
    assert renewed(model)
    assert {step.action for step in model.left()} == {"verify"}


@pytest.mark.parametrize("seen", [True, False], ids=["outcome journaled", "outcome not journaled"])
@pytest.mark.parametrize(("lines", "options"), KINDS)
def test_stopped_after_any_step_and_carried_on(lines: dict[str, str], options: dict[str, Any], seen: bool) -> None:
    for stop in range(1, len(Model.of(lines, **options).left()) + 1):
        model = Model.of(lines, **options)
        steps = model.left()[:stop]
        for step in steps:
            model.do(step, journaled=seen or step is not steps[-1])
        model.resume()
        finish(model)
        assert renewed(model), f"stopped after {steps[-1]}"


@pytest.mark.parametrize(("lines", "options"), KINDS)
def test_stopped_between_intent_and_act(lines: dict[str, str], options: dict[str, Any]) -> None:
    for stop in range(len(Model.of(lines, **options).left())):
        model = Model.of(lines, **options)
        *steps, last = model.left()[: stop + 1]
        for step in steps:
            model.do(step)
        model.history = type(model.history)(model.history.settled, frozenset({last.key}), model.history.keeper)
        model.resume()
        finish(model)
        assert renewed(model), f"stopped before {last}"


@pytest.mark.parametrize("slaves_at_once", [None, 1])
def test_any_order_within_a_wave_will_do(slaves_at_once: int | None) -> None:
    model = Model.of(TOGETHER, slaves_at_once=slaves_at_once)
    for step in sorted(model.left(), key=lambda step: (step.wave, -step.number)):
        model.do(step)
    assert renewed(model)
