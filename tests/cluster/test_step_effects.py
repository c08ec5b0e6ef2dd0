"""What each step means: for the node's database, for the clock, and for whoever stops after it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mmpctl.cluster.expected import Expected
from mmpctl.cluster.plan import plan
from mmpctl.cluster.step import Step
from mmpctl.cluster.step_effects import PAUSE, SAFE, effects, expected, is_untouched
from mmpctl.cluster.step_kinds import CERTS, JOIN, REMOVE
from tests.cluster.cases import case_files, read_case


def steps_of(name: str) -> tuple[Step, ...]:
    case = read_case(Path(__file__).parent / "plan" / f"{name}.yaml")
    return plan(case.cluster, case.goal, case.history)


def told(name: str) -> list[str]:
    steps = steps_of(name)
    meant = dict.fromkeys(
        f"{step.wave} {step.action}: {effect.what}; {effect.safe_to_stop}, {effect.if_stopped}"
        for step, effect in zip(steps, effects(steps, "lon-1"), strict=True)
    )
    return list(meant)


def test_a_calm_plan() -> None:
    apart = "pause, the data is safe on lon-1; not yet in the new cluster: lon-1, lon-2, lon-3, lon-4"
    assert told("calm") == [
        "1 backup: saved, nothing changed; yes, the cluster is as it was",
        "2 upload: untouched; yes, the cluster is as it was",
        f"3 remove: kept, no longer updated; {apart}",
        f"3 remove: has none; {apart}",
        f"4 remove: kept; the only good copy; {apart}",
        f"5 backup: saved once more, nothing changed; {apart}",
        f"6 certs: untouched; {apart}",
        "7 initialize: kept; master of the new cluster; "
        "pause, the data is safe on lon-1; not yet in the new cluster: lon-2, lon-3, lon-4",
        "8 join: DESTROYED, then a copy of lon-1's; "
        "pause, the data is safe on lon-1; not yet in the new cluster: lon-3, lon-4",
        "9 join: DESTROYED, then a copy of lon-1's; "
        "pause, the data is safe on lon-1; not yet in the new cluster: lon-4",
        "10 connect: has none; uses lon-1's; yes, everything is done except the check",
        "11 verify: untouched; yes, everything is done",
    ]


def test_with_the_same_names_the_upload_comes_when_nobody_should_stay() -> None:
    uploads = [line for line in told("names_same") if " upload:" in line]
    assert len(uploads) == 1 and "; pause, " in uploads[0]


@pytest.mark.parametrize("path", case_files("plan"), ids=lambda path: path.stem)
def test_only_a_join_destroys_and_never_the_keepers(path: Path) -> None:
    case = read_case(path)
    steps = plan(case.cluster, case.goal, case.history)
    for step, effect in zip(steps, effects(steps, case.goal.keeper), strict=True):
        assert effect.destroys == (step.action == "join") == ("DESTROYED" in effect.what)
        assert not (effect.destroys and step.node == case.goal.keeper)


@pytest.mark.parametrize("path", case_files("plan"), ids=lambda path: path.stem)
def test_who_stops_before_the_end_is_told_who_waits(path: Path) -> None:
    case = read_case(path)
    steps = plan(case.cluster, case.goal, case.history)
    for step, effect in zip(steps, effects(steps, case.goal.keeper), strict=True):
        later = {one.node for one in steps if one.wave > step.wave and one.action in ("initialize", "join", "connect")}
        if effect.safe_to_stop == PAUSE:
            assert later and all(name in effect.if_stopped for name in later)
        else:
            assert effect.safe_to_stop == SAFE
            assert not later or is_untouched(steps, step.wave)


def test_a_run_that_goes_on_never_says_that_nothing_has_changed() -> None:
    assert not any("as it was" in line for line in told("resumed_after_slaves_left"))
    assert is_untouched(steps_of("calm"), 2)
    assert not is_untouched(steps_of("calm"), 3)
    assert not is_untouched((), 0)


def test_steps_of_one_wave_count_once() -> None:
    steps = steps_of("calm")
    removes = [step for step in steps if step.action == "remove"]
    assert expected(removes) == Expected(40, 240)
    assert expected(removes).words == "40 s to 4 min"
    both = [*removes, *(step for step in steps if step.action == "join")]
    assert expected(both) == Expected(160, None, "the database")
    assert (expected(both).words, expected(both).brief) == ("3 min and more, grows with the database", "3 min +")
    assert expected(()) == Expected(0, 0)


def test_a_short_one_beside_a_long_one_makes_the_wave_no_shorter() -> None:
    steps = (Step(1, 1, "lon-1", CERTS), Step(2, 1, "lon-2", REMOVE), Step(3, 1, "lon-3", JOIN, ("10.1.0.1",)))
    assert expected(steps[:2]) == Expected(20, 120)
    assert expected(steps) == Expected(60, None, "the database")


def test_a_stop_between_units_that_share_nothing_is_safe() -> None:
    class Alone(type(REMOVE)):  # type: ignore[misc]
        words = replace(REMOVE.words, between="the others keep their own")
        returns = False

    steps = (Step(1, 1, "a", Alone(), again=True), Step(2, 2, "b", Alone()))
    first, _ = effects(steps, "a")
    assert (first.safe_to_stop, first.if_stopped) == (SAFE, "the others keep their own")
