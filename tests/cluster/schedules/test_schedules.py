"""Whatever happens in whatever order: no database is lost, and nothing is claimed that is not so."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.cluster.schedules.machine import Schedule
from tests.support.gate import some

PROVING = os.environ.get("MMPCTL_PROVE") == "1"
# The default suite plays the same schedules each time, so that it is green or red for everybody alike.
SEED = int(os.environ.get("MMPCTL_SEED", "1"))
# Large enough that each has stopped runs that go on (seed 0 has none by chance); side by side they end sooner than one.
PARTS = 50 if PROVING else 6
SETTINGS = settings(
    max_examples=200 if PROVING else 34,
    stateful_step_count=25,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", some(range(PARTS), every=PARTS))
def test_random_schedules(part: int, figure: Callable[[str, int | str], None]) -> None:
    Schedule.happened.clear()
    run_state_machine_as_test(seed(SEED + part)(Schedule), settings=SETTINGS)
    told = Schedule.happened
    for name in ("schedules", "renew: renewed", "resume: renewed", "deaths", "deaths at the journal", "join by hand"):
        figure(f"random schedules: {name}", told[name])
    # Many come to the end of a renewal; without that, little would have been tried.
    assert told["renew: renewed"] + told["resume: renewed"] > told["schedules"] // 3
    assert told["resume: renewed"] and told["deaths"], told
