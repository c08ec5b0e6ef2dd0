"""The runner `mmp`: in this process and in others, with the same results; whatever ends, no host is lost."""

from __future__ import annotations

import logging
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from nornir.core import Nornir
from nornir.core.exceptions import NornirExecutionError, NornirSubTaskError
from nornir.core.inventory import ConnectionOptions
from nornir.core.plugins.inventory import InventoryPluginRegister
from nornir.core.plugins.runners import RunnersPluginRegister
from nornir.core.task import MultiResult, Result, Task

from mmpctl.errors import RefusedError
from mmpctl.fleet.pickled_results import ResultNotSent
from mmpctl.fleet.process_runner import ProcessRunner
from mmpctl.fleet.worker_process import WorkerLost
from mmpctl.inventory.credentials import Secret
from mmpctl.timing import RECORDER
from tests.support import spread_tasks
from tests.support.spread_tasks import hosts


def two(tmp_path: Path, count: int = 40, **data: Any) -> Nornir:
    """Hosts, and a runner of two processes that wait for each other."""
    return hosts(count, ProcessRunner(num_workers=6, processes=2), meet=str(tmp_path), **data)


class Heard:
    """A processor that writes down what it hears."""

    def __init__(self) -> None:
        self.of: dict[str, list[str]] = {}

    def task_started(self, task: Task) -> None:
        self.of["all"] = [f"started {task.name}"]

    def task_completed(self, task: Task, result: Any) -> None:
        self.of["all"].append(f"completed {task.name}")

    def task_instance_started(self, task: Task, host: Any) -> None:
        self.of[host.name] = [f"started {task.name}"]

    def task_instance_completed(self, task: Task, host: Any, result: MultiResult) -> None:
        assert task.host is host
        self.of[host.name].append(f"completed {task.name} {'failed' if result.failed else 'well'}")

    def subtask_instance_started(self, task: Task, host: Any) -> None:
        self.of[host.name].append(f"started {task.name}")

    def subtask_instance_completed(self, task: Task, host: Any, result: MultiResult) -> None:
        self.of[host.name].append(f"completed {task.name} {'failed' if result.failed else 'well'}")


def test_each_host_has_its_result_in_order_whichever_process_it_was_in(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    heard = Heard()
    nr = two(tmp_path).with_processors([heard])
    with caplog.at_level(logging.WARNING, "mmpctl"):
        results = nr.run(task=spread_tasks.where, more=7)
    assert list(results) == list(nr.inventory.hosts)
    ran = Counter(result[0].result[0] for result in results.values())
    assert len(ran) == 2 and os.getpid() in ran
    assert {result[0].result[1:] for result in results.values()} == {("lon", 7)}
    for name, result in results.items():
        host = nr.inventory.hosts[name]
        assert result[0].host is host and result[0].changed and result[0].name == "where"
        assert host.data["ran_in"] == result[0].result[0], "what the task leaves in the host's data"
        assert heard.of[name] == ["started where", "completed where well"]
    assert sorted(record.getMessage() for record in caplog.records) == sorted(f"on {name}" for name in results)
    assert heard.of["all"] == ["started where", "completed where"]


def test_an_inventory_of_a_script_s_own_is_no_reason_to_stay_in_one_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class OfAScript:
        """No pickle can name it."""

    monkeypatch.setitem(InventoryPluginRegister.available, "OfAScript", OfAScript)
    assert len({result[0].result[0] for result in two(tmp_path).run(task=spread_tasks.where).values()}) == 2


def test_what_is_spent_in_another_process_is_counted_here(tmp_path: Path) -> None:
    before = RECORDER.figures()
    results = two(tmp_path).run(task=spread_tasks.spends)
    assert len({result[0].result for result in results.values()}) == 2
    spent = RECORDER.since(before)
    assert {node: phases["commands"][0] for node, phases in spent.items()} == dict.fromkeys(results, 2)


def test_failures_and_subtasks_are_told_as_in_threads(tmp_path: Path) -> None:
    heard = Heard()
    nr = two(tmp_path).with_processors([heard])
    results = nr.run(task=spread_tasks.parts)
    assert nr.data.failed_hosts == set(nr.inventory.hosts)
    for name, result in results.items():
        assert isinstance(result[0].exception, NornirSubTaskError)
        assert [part.name for part in result] == ["parts", "first", "second"]
        assert f"no {name}" in str(result[2].exception)
        assert heard.of[name] == [
            "started parts",
            "started first",
            "completed first well",
            "started second",
            "completed second failed",
            "completed parts failed",
        ]
    with pytest.raises(NornirExecutionError):
        results.raise_on_error()


def test_a_result_that_cannot_be_sent_is_an_error_on_each_host(tmp_path: Path) -> None:
    results = two(tmp_path, 12).run(task=spread_tasks.lock)
    assert {type(result[0].exception) for result in results.values()} == {ResultNotSent}
    assert "_thread.lock" in str(results["h3"][0].exception)


def test_hosts_of_a_process_that_dies_are_told_with_the_cause_and_no_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "met").mkdir()
    nr = two(tmp_path / "met", 60, parent=os.getpid(), mark=str(tmp_path / "mark"))
    results = nr.run(task=spread_tasks.dies)
    assert list(results) == list(nr.inventory.hosts)
    lost = {name for name, result in results.items() if isinstance(result[0].exception, WorkerLost)}
    assert (tmp_path / "mark").read_text("utf-8") in lost
    assert len(lost) <= 3, "those that were worked on in it; the others go to another process"
    assert "SIGKILL" in str(results[min(lost)][0].exception)
    assert nr.data.failed_hosts == lost
    assert not any(result.failed for name, result in results.items() if name not in lost)


def test_a_task_that_leaves_the_program_ends_its_host_only(tmp_path: Path) -> None:
    results = two(tmp_path, 12).run(task=spread_tasks.leaves)
    assert {type(result[0].exception) for result in results.values()} == {SystemExit}


def test_passwords_come_to_other_processes_unseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMP_PASSWORD", "seen-by-nobody")
    nr = two(tmp_path, 12, expected="seen-by-nobody")
    for host in nr.inventory.hosts.values():
        host.connection_options["netmiko"] = ConnectionOptions(password=Secret("seen-by-nobody"), extras={})
    results = nr.run(task=spread_tasks.surroundings)
    elsewhere = [one[0].result for one in results.values() if "fleet.worker" in one[0].result[1]]
    assert elsewhere
    for environment, arguments, known in elsewhere:
        assert "seen-by-nobody" not in environment + arguments and known == "True"


def test_a_task_that_changes_nodes_is_refused(tmp_path: Path) -> None:
    def remove(task: Task, permit: object) -> Result:
        raise AssertionError("not to be reached")

    with pytest.raises(RefusedError, match="changes nodes"):
        two(tmp_path, 2).run(task=remove, permit=object())


def test_what_cannot_be_sent_is_done_in_this_process() -> None:
    nr = hosts(5, ProcessRunner(processes=2))
    results = nr.run(task=lambda task: (task.host.name, os.getpid()), name="here")
    assert [result[0].result for result in results.values()] == [(f"h{number}", os.getpid()) for number in range(5)]
    nr.close_connections()


def test_nornir_knows_the_runner_by_its_name() -> None:
    RunnersPluginRegister.register("mmp", ProcessRunner)
    assert RunnersPluginRegister.get_plugin("mmp") is ProcessRunner
