"""Results as plain data: whatever a task returns, JSON has a form for it; within one's own task it stays typed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

from nornir.core.task import MultiResult, Result, Task

from mmpctl import tasks
from mmpctl.cluster.role import Role
from mmpctl.cluster.status import DatabaseStatus
from mmpctl.errors import MmpError
from mmpctl.tasks.plain_results import PlainResults, plain
from tests.support.fleet import nornir
from tests.support.lab import Lab


def test_values() -> None:
    moment = datetime(2026, 1, 31, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    assert plain({("a.key", "a.cer"): True, 5: frozenset({"b", "a"}), "at": (moment, moment.date())}) == {
        "a.key a.cer": True,
        "5": ["a", "b"],
        "at": ["2026-01-31T10:00:00Z", "2026-01-31"],
    }
    assert plain([Role.MASTER, None, 1.5, Path("a"), MmpError("no", node="lon-1")]) == [
        "master",
        None,
        1.5,
        "a",
        "lon-1: no",
    ]


def test_the_results_of_reading_tasks_go_through_json(lab: Lab) -> None:
    nr = nornir(lab("healthy")).with_processors([PlainResults()]).filter(name="lon-2")
    for task in (tasks.status, tasks.list_files, tasks.examine, tasks.surroundings):
        result = nr.run(task=task)["lon-2"][0]
        assert not result.failed, result.exception
        assert json.loads(json.dumps(result.result)) == result.result and isinstance(result.result, dict)
    failed = nr.run(task=tasks.read_certificate, file="a.key")["lon-2"][0]
    assert failed.failed and "keys stay on the device" in failed.result


def test_within_a_task_of_ones_own_results_stay_typed(lab: Lab) -> None:
    def mine(task: Task) -> Result:
        status = task.run(task=tasks.status).result
        assert isinstance(status, DatabaseStatus)
        task.run(task=deeper)
        return Result(host=task.host, result=status.status)

    def deeper(task: Task) -> Result:
        task.run(task=tasks.list_files)
        return Result(host=task.host)

    results = nornir(lab("healthy")).with_processors([PlainResults()]).filter(name="lon-2").run(task=mine)["lon-2"]
    assert not results.failed, results.exception
    own, status, nested = results
    assert isinstance(nested, MultiResult)
    assert (own.result, status.result["status"]) == ("Enabled", "Enabled")
    assert "dbclusterca.cer" in nested[1].result["files"]
