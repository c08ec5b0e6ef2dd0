"""Run a task on named hosts, without Nornir's traps."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nornir.core import Nornir
from nornir.core.inventory import Host
from nornir.core.task import Result, Task

from mmpctl.errors import MmpError
from mmpctl.runs.log_file import kept_at

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
    wanted = dict.fromkeys(names)
    missing = [name for name in wanted if name not in nr.inventory.hosts]
    if missing:
        raise KeyError(", ".join(missing))
    if not wanted:
        return {}

    def each(inner: Task) -> Result:
        return task(inner, **arguments(inner.host.name))

    def is_wanted(host: Host) -> bool:
        return host.name in wanted

    results = nr.filter(filter_func=is_wanted).run(task=each, name=task.__name__, on_failed=True)
    outcomes = {}
    for name in wanted:
        # Nornir would skip the host silently in all later runs.
        nr.data.recover_host(name)
        first = results[name][0]
        if first.exception is None:
            outcomes[name] = Outcome(first.result, changed=first.changed)
        else:
            outcomes[name] = Outcome(error=as_mmp_error(first.exception, name))
    return outcomes


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
    """Close every open connection."""
    nr.close_connections(on_failed=True)
