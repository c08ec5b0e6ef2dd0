"""Run a task on one host so that it always comes to a result, and leaves nothing open."""

from __future__ import annotations

from contextlib import suppress

from nornir.core.inventory import Host
from nornir.core.task import MultiResult, Result, Task

from mmpctl.timing import RECORDER


def run_on_host(task: Task, host: Host, *, keep_open: bool = False) -> MultiResult:
    """Run a task on a host, and close its connections.

    Args:
        task: of a run; a copy of it is used.
        host: of the inventory.
        keep_open: leave them open.
    """
    try:
        with RECORDER.at(host.name):
            return task.copy().start(host)
    except Exception:
        # Nornir makes results of those of the task: this one is of a processor.
        raise
    except BaseException as error:  # such as SystemExit, which Nornir lets through
        return failed(task.name, host, error)
    finally:
        if not keep_open:
            with suppress(Exception):
                host.close_connections()


def failed(name: str, host: Host | None, error: BaseException) -> MultiResult:
    """Return the result of a task that has failed on a host.

    Args:
        name: of the task.
        host: of the inventory.
        error: why.
    """
    results = MultiResult(name)
    results.append(Result(host, result=str(error), exception=error, failed=True))
    results[0].name = name  # type: ignore[assignment]
    return results


def tell_of_host(task: Task, host: Host, results: MultiResult) -> None:
    """Tell processors what they are told of a host of this process, in the same order; it was worked on in another one.

    Args:
        task: that has ended, and has this host.
        host: of the inventory.
        results: what came of it.
    """
    _tell_subtasks(task, host, results)
    task.results = results
    task.processors.task_instance_completed(task, host, results)


def _tell_subtasks(parent: Task, host: Host, results: MultiResult) -> None:
    for each in results[1:]:
        below = MultiResult(parent.name)
        # Nornir unwraps a result that is the only one.
        below.extend(each if isinstance(each, MultiResult) else [each])
        task = below_task(parent, below[0].name)
        below.name, task.host, task.results = task.name, host, below
        task.processors.subtask_instance_started(task, host)
        _tell_subtasks(task, host, below)
        task.processors.subtask_instance_completed(task, host, below)


def below_task(parent: Task, name: str | None) -> Task:
    """Return a subtask of another process, as far as this process knows it: by its name.

    Args:
        parent: that has run it.
        name: of the subtask.
    """
    return Task(
        parent.task,
        parent.nornir,
        parent.global_dry_run,
        parent.processors,
        name or parent.name,
        parent.severity_level,
        parent,
    )
