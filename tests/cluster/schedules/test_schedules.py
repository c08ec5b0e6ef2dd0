"""Whatever happens in whatever order: no database is lost, and nothing is claimed that is not so."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.cluster.schedules.machine import Schedule

PROVING = os.environ.get("MMPCTL_PROVE") == "1"
# The default suite plays the same schedules each time, so that it is green or red for everybody alike.
SETTINGS = settings(
    max_examples=10_000 if PROVING else 200,
    stateful_step_count=25,
    derandomize=not PROVING,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


@pytest.mark.timeout(6 * 3600 if PROVING else 300)
def test_random_schedules(figure: Callable[[str, int | str], None]) -> None:
    Schedule.happened.clear()
    run_state_machine_as_test(Schedule, settings=SETTINGS)
    told = Schedule.happened
    for name in ("schedules", "renew: renewed", "resume: renewed", "deaths"):
        figure(f"random schedules: {name}", told[name])
    # Most come to the end of a renewal; without that, little would have been tried.
    assert told["renew: renewed"] + told["resume: renewed"] > told["schedules"] // 2
    assert all(told[name] for name in ("resume: renewed", "deaths at the journal", "join by hand", "fail-overs")), told
