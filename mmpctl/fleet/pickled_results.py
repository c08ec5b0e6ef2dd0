"""Results on their way from another process; hosts and tasks in them are not sent but named."""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping
from typing import Any, Final

from nornir.core import Nornir
from nornir.core.exceptions import NornirSubTaskError
from nornir.core.inventory import Host
from nornir.core.task import MultiResult, Result, Task

from mmpctl.errors import MmpError
from mmpctl.fleet.host_run import below_task, failed
from mmpctl.fleet.pickled import NotSent, dumped
from mmpctl.fleet.run_on import as_mmp_error

_HOST: Final = "host"
_TASK: Final = "task"
_NORNIR: Final = "nornir"


class ResultNotSent(MmpError):
    """The result of a task cannot be sent from one process to another."""

    code = "result-not-sent"


class WorkerTraceback(Exception):
    """The traceback of an exception that was raised in another process; the cause of it here."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


def pickled_results(results: MultiResult) -> bytes:
    """Return the results of a task as bytes, or in their place an error that says why that cannot be done.

    Args:
        results: of one host.
    """
    try:
        _make_fit(results)
        return dumped(_ResultPickler, results)
    except NotSent as error:
        return dumped(_ResultPickler, not_sent(results, str(error)))


def fit_to_be_sent(results: MultiResult) -> MultiResult:
    """Return results as they would have come from another process; those that cannot be sent are an error everywhere.

    Args:
        results: of one host.
    """
    if all(_is_ours(each.result) and each.exception is None for each in results):
        return results
    try:
        dumped(_ResultPickler, results)
    except NotSent as error:
        return not_sent(results, str(error))
    return results


def _is_ours(value: object) -> bool:
    # Tests hold that these can be sent; to try each would take longer than to send it.
    return value is None or type(value).__module__.startswith("mmpctl.")


def received_results(sent: bytes, hosts: Mapping[str, Host], task: Task) -> MultiResult:
    """Return results of a worker, each with its host, and with the traceback that it had there.

    Args:
        sent: by `pickled_results`.
        hosts: of the run, by name.
        task: of the host.
    """
    try:
        results: MultiResult = unpickled_results(sent, hosts, task)
    except Exception as error:  # objects of others fail in any way
        return not_sent(failed(task.name, task.host, error), f"{type(error).__name__}: {error}")
    for each in results:
        if each.host is None:
            each.host = task.host
        if each.exception is not None and each.exception.__cause__ is None:
            each.exception.__cause__ = WorkerTraceback(each.result)
    return results


def not_sent(results: MultiResult, why: str) -> MultiResult:
    """Return what stands in the place of results that cannot be sent.

    Args:
        results: of one host.
        why: one sentence without a full stop.
    """
    host = results[0].host
    error = ResultNotSent(
        f"the result of {results.name} cannot be sent from one process to another: {why}",
        node=host.name if host is not None else None,
        advice="Let the task return plain values, lists, dictionaries or dataclasses, or run it with the runner "
        "`threaded`.",
    )
    return failed(results.name, host, error)


def _make_fit(result: Result | MultiResult) -> None:
    """Replace exceptions that would not arrive: of many kinds the class takes other arguments than it keeps."""
    if isinstance(result, MultiResult):
        # What a task has failed with may hold the results of those below it, which come behind.
        for each in reversed(result):
            _make_fit(each)
    elif result.exception is not None:
        try:
            unpickled_results(dumped(_ResultPickler, result.exception), {}, None)
        except Exception:
            # Nornir has put the traceback into the result itself.
            result.exception = as_mmp_error(result.exception)


class _ResultPickler(pickle.Pickler):
    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, NornirSubTaskError):
            # Nornir makes it with keywords, of which an exception keeps nothing to be made again with.
            return type(obj), (obj.task, obj.result)
        return NotImplemented

    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, Host):
            return _HOST, obj.name
        if isinstance(obj, Task):
            return _TASK, obj.name
        return (_NORNIR,) if isinstance(obj, Nornir) else None


def unpickled_results(sent: bytes, hosts: Mapping[str, Host], task: Task | None) -> Any:
    """Return results that were sent.

    Args:
        sent: by `pickled_results`.
        hosts: of the run, by name.
        task: of the run; tasks below it are the same by other names.
    """

    class ResultUnpickler(pickle.Unpickler):
        def persistent_load(self, pid: Any) -> Any:
            kind, *rest = pid
            if kind == _HOST:
                return hosts.get(rest[0])
            if task is None or kind == _NORNIR:
                return task and task.nornir
            return below_task(task, rest[0])

    return ResultUnpickler(io.BytesIO(sent)).load()
