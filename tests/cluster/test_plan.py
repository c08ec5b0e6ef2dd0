"""The plan: state in, steps out; every case is a file of `plan/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.cluster.plan import is_opened, plan, resumed
from mmpctl.cluster.progress import History
from tests.cluster.cases import case_files, keys, read_case, step_lines


@pytest.mark.parametrize("path", case_files("plan"), ids=lambda path: path.stem)
def test_plan(path: Path) -> None:
    case = read_case(path)
    steps = plan(case.cluster, case.goal, case.history)
    assert step_lines(steps) == case.steps


@pytest.mark.parametrize("path", case_files("plan"), ids=lambda path: path.stem)
def test_steps_are_numbered_and_their_keys_are_unique(path: Path) -> None:
    case = read_case(path)
    steps = plan(case.cluster, case.goal, case.history)
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    assert len({step.key for step in steps}) == len(steps)
    assert all(step.again == step.command.endswith("-again") for step in steps)


def test_every_case_expects_steps() -> None:
    assert [path.name for path in case_files("plan") if not read_case(path).steps] == []
    assert len(case_files("plan")) >= 20


def test_the_key_of_the_second_backup_is_its_own() -> None:
    case = read_case(Path(__file__).parent / "plan" / "calm.yaml")
    made = [str(step.key) for step in plan(case.cluster, case.goal) if step.action == "backup" and step.node == "lon-1"]
    assert made == ["backup:lon-1", "backup:lon-1:again"]


@pytest.mark.parametrize(
    ("settled", "intended", "opened"),
    [
        ((), (), False),
        (("backup:lon-1", "upload:lon-2"), ("backup:lon-1:again",), False),
        (("remove:lon-2",), (), True),
        (("remove:rack:2",), (), True),
        ((), ("remove:lon-2",), True),
        *((("backup:lon-1", f"{action}:lon-1"), (), True) for action in ("certs", "initialize", "join", "connect")),
    ],
)
def test_a_cluster_is_opened_by_the_first_step_that_changes_it(
    settled: tuple[str, ...], intended: tuple[str, ...], opened: bool
) -> None:
    assert is_opened(History(keys(*settled), keys(*intended))) is opened


def test_a_resumed_run_relies_on_nothing_before_its_first_remove() -> None:
    history = History(keys("backup:lon-1", "upload:lon-1"), keys("upload:lon-2"), keeper="lon-1")
    assert resumed(history) == History(keeper="lon-1")


def test_a_resumed_run_backs_up_its_keeper_once_more_until_that_is_initialized() -> None:
    settled = keys("backup:lon-1", "remove:lon-2", "remove:lon-1", "backup:lon-1:again")
    opened = History(settled, keeper="lon-1")
    assert resumed(opened) == History(settled - keys("backup:lon-1:again"), keeper="lon-1")
    begun = History(settled, keys("initialize:lon-1"), "lon-1")
    done = History(settled | keys("initialize:lon-1"), keeper="lon-1")
    assert (resumed(begun), resumed(done)) == (begun, done)
