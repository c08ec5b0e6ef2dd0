"""Look at many nodes, in as many processes as pay: one that does not answer yet does not hold up the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from nornir.core import Nornir
from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Result, Task
from nornir.plugins.runners import ThreadedRunner

from mmpctl.fleet.process_runner import ProcessRunner
from mmpctl.fleet.run_on import Outcome, outcome_of, run, workers_of
from mmpctl.inventory.load import DEFAULT_WORKERS
from mmpctl.inventory.settings import Settings


def look_on(
    nr: Nornir,
    names: Iterable[str],
    task: Callable[..., Result],
    *,
    told: Callable[[str, Outcome], None] = lambda name, outcome: None,
    processes: int | None = None,
    **arguments: Any,
) -> dict[str, Outcome]:
    """Run a task that changes nothing; nodes that do not greet us hold up no others.

    Args:
        nr: a Nornir object that knows all of them. With a runner other than `threaded` and `mmp`, that one decides
            where and when.
        names: inventory names.
        task: the task; it must not change a device. To be run in other processes it must be a function of a module.
        told: called with each name and outcome as soon as it is known, also from several threads.
        processes: how many processes, this one among them; by default as many as pay.
        arguments: of the task.

    Returns:
        One outcome for each name, in the order given.

    Raises:
        KeyError: a name is not in the inventory.
    """
    wanted = list(dict.fromkeys(names))
    teller = _Teller(told)
    # Before those of others, which may make something else of the results.
    run(_with_runner(nr, processes).with_processors([teller, *nr.processors]), wanted, task, task.__name__, **arguments)
    return {name: teller.outcomes[name] for name in wanted}


def _with_runner(nr: Nornir, processes: int | None) -> Nornir:
    runner = nr.runner
    if isinstance(runner, ProcessRunner):
        chosen = None if runner.may_grow else runner.num_workers
        return nr.with_runner(ProcessRunner(chosen, processes or runner.processes, stop_seconds=0.0))
    if isinstance(runner, ThreadedRunner):
        workers = workers_of(nr)
        # A script may have chosen another runner since.
        is_open = Settings.of(nr.config).leaves_workers_open and workers == DEFAULT_WORKERS
        chosen = None if is_open else workers
        return nr.with_runner(ProcessRunner(chosen, processes, stop_seconds=0.0))
    return nr


class _Teller:
    """A processor that keeps outcomes, and tells each."""

    def __init__(self, told: Callable[[str, Outcome], None]) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self._told = told

    def task_started(self, task: Task) -> None:
        """Nothing."""

    def task_completed(self, task: Task, result: AggregatedResult) -> None:
        """Nothing."""

    def task_instance_started(self, task: Task, host: Host) -> None:
        """Nothing."""

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Keep what came of a host."""
        outcome = self.outcomes[host.name] = outcome_of(result[0], host.name)
        self._told(host.name, outcome)

    def subtask_instance_started(self, task: Task, host: Host) -> None:
        """Nothing."""

    def subtask_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Nothing."""
