"""Run a task on named hosts, without Nornir's traps."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nornir.core import Nornir
from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, Result, Task
from nornir.plugins.runners import ThreadedRunner

from mmpctl.errors import MmpError
from mmpctl.fleet.process_runner import ProcessRunner
from mmpctl.runs.log_file import kept_at
from mmpctl.timing import RECORDER

logger = logging.getLogger(__name__)


class UnexpectedError(MmpError):
    """A fault of ours, or of a library."""

    code = "unexpected"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a task on one host.

    Args:
        value: the typed result; None when it failed.
        error: why it failed; None when it did not.
        changed: the task changed the device.
    """

    value: Any = None
    error: MmpError | None = None
    changed: bool = False


def run_on(
    nr: Nornir,
    names: Iterable[str],
    task: Callable[..., Result],
    arguments: Callable[[str], Mapping[str, Any]] = lambda _: {},
) -> dict[str, Outcome]:
    """Run a task on exactly these hosts, in parallel, and tell what came of it on each.

    Args:
        nr: a Nornir object that knows all of them.
        names: inventory names.
        task: the task.
        arguments: its arguments for the host of that name.

    Returns:
        One outcome for each name, in the order given; a host that failed before is asked all the same.

    Raises:
        KeyError: a name is not in the inventory.
    """
    wanted = list(dict.fromkeys(names))

    def each(inner: Task) -> Result:
        with RECORDER.at(inner.host.name):
            return task(inner, **arguments(inner.host.name))

    runner = nr.runner
    if isinstance(runner, ProcessRunner):
        # That one only reads.
        nr = nr.with_runner(ThreadedRunner(num_workers=runner.num_workers))
    results = run(nr, wanted, each, task.__name__)
    return {name: outcome_of(results[name][0], name) for name in wanted}


def run(
    nr: Nornir, wanted: Collection[str], task: Callable[..., Result], name: str, **arguments: Any
) -> AggregatedResult:
    """Run a task on exactly these hosts, also on such as failed before, and have none skipped in later runs.

    Args:
        nr: a Nornir object that knows all of them.
        wanted: inventory names.
        task: the task.
        name: of the task.
        arguments: of the task.

    Raises:
        KeyError: a name is not in the inventory.
    """
    missing = [each for each in wanted if each not in nr.inventory.hosts]
    if missing:
        raise KeyError(", ".join(missing))
    if not wanted:
        return AggregatedResult(name)
    chosen = frozenset(wanted)

    def is_wanted(host: Host) -> bool:
        return host.name in chosen

    results = nr.filter(filter_func=is_wanted).run(task=task, name=name, on_failed=True, **arguments)
    for each in wanted:
        # Nornir would skip the host silently in all later runs.
        nr.data.recover_host(each)
    return results


def outcome_of(result: Result, name: str) -> Outcome:
    """Return what came of a task on a host.

    Args:
        result: of the task itself.
        name: of the host.
    """
    if result.exception is None:
        return Outcome(result.result, changed=result.changed)
    return Outcome(error=as_mmp_error(result.exception, name))


def as_mmp_error(error: BaseException, node: str | None = None) -> MmpError:
    """Return the error as one of ours, with the node's name; any other error is unexpected.

    Args:
        error: what was raised.
        node: inventory name, if the error does not have one.
    """
    if isinstance(error, MmpError):
        if node is not None:
            error.on(node)
        logger.debug("%s", error, exc_info=error)
        return error
    # Below a warning: the error itself is told by whoever gets it, and its traceback is for the log.
    logger.info("unexpected error%s", f" on {node}" if node else "", exc_info=error)
    kept = kept_at()
    unexpected = UnexpectedError(
        f"unexpected {type(error).__name__}: {error}",
        node=node,
        advice=f"Please report it, with the traceback in {kept}."
        if kept
        else "Please report it, with the traceback that MMPCTL_DEBUG=1 shows.",
    )
    unexpected.__cause__ = error
    return unexpected


def workers_of(nr: Nornir) -> int:
    """Return how many nodes Nornir's runner works on at the same time; one if it does not say."""
    return int(getattr(nr.runner, "num_workers", 1))


def close_all(nr: Nornir) -> None:
    """Close every open connection; where none is open, which is so after a look, no thread is started for it."""
    if any(host.connections for host in nr.inventory.hosts.values()):
        nr.close_connections(on_failed=True)
