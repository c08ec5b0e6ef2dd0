"""Look at many nodes: one that does not answer yet does not hold up the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final

from nornir.core import Nornir
from nornir.core.task import Result, Task
from nornir.plugins.runners import ThreadedRunner

from mmpctl.device.waiting import while_waiting
from mmpctl.fleet.run_on import Outcome, run_on, workers_of

# So many silent nodes may be waited for beside those that are worked on.
WAITED_FOR: Final = 100


class Turns:
    """So many nodes have their turn at the same time.

    Args:
        count: how many.
    """

    def __init__(self, count: int) -> None:
        self._free = threading.Semaphore(count)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have a turn, and lend it to others for as long as a node lets us wait for its greeting."""
        with self._free:
            before = while_waiting.set(self._lent)
            try:
                yield
            finally:
                while_waiting.reset(before)

    @contextmanager
    def _lent(self) -> Iterator[None]:
        self._free.release()
        try:
            yield
        finally:
            self._free.acquire()


def look_on(
    nr: Nornir,
    names: Iterable[str],
    task: Callable[..., Result],
    arguments: Callable[[str], Mapping[str, Any]] = lambda _: {},
) -> dict[str, Outcome]:
    """Run a task that changes nothing, as `run_on` does; nodes that do not greet us hold up no others.

    Args:
        nr: a Nornir object that knows all of them.
        names: inventory names.
        task: the task; it must not change a device.
        arguments: its arguments for the host of that name.

    Returns:
        One outcome for each name, in the order given.

    Raises:
        KeyError: a name is not in the inventory.
    """
    if not isinstance(nr.runner, ThreadedRunner):
        return run_on(nr, names, task, arguments)
    workers = workers_of(nr)
    turns = Turns(workers)

    @wraps(task)
    def in_turn(inner: Task, **rest: Any) -> Result:
        with turns.taken():
            return task(inner, **rest)

    return run_on(nr.with_runner(ThreadedRunner(num_workers=workers + WAITED_FOR)), names, in_turn, arguments)
