"""Where hosts are worked on: in threads of this process, or in a worker."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from nornir.core.inventory import Host
from nornir.core.task import MultiResult, Task

from mmpctl.device.ssh.authentication import LOGINS
from mmpctl.environment import for_programs
from mmpctl.fleet.host_run import run_on_host
from mmpctl.fleet.messages import Free, Given, Setup
from mmpctl.fleet.pickled import pickled_host
from mmpctl.fleet.pickled_results import fit_to_be_sent
from mmpctl.fleet.turns import Turns
from mmpctl.fleet.worker_process import WorkerProcess
from mmpctl.runs.log_file import to_be_kept_at

# So many silent hosts may be waited for in a process beside those that are worked on.
WAITED_FOR: Final = 100
_SCRIPT: Final = "__main__"

Put = Callable[[tuple[int, object]], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """The task has ended on a host of this process.

    Args:
        name: of the host.
        results: what came of it.
        error: of a processor; there are no results then.
    """

    name: str
    results: MultiResult
    error: Exception | None = None


class Seat:
    """A process that works on hosts.

    Args:
        number: tells it from others.
        limit: how many hosts have their turn there at the same time.
    """

    def __init__(self, number: int, limit: int) -> None:
        self.number = number
        self.limit = limit
        self.free = 0
        self.done = 0
        self.hosts: dict[str, Task] = {}

    def give(self, host: Host) -> None:
        """Have a host worked on there.

        Args:
            host: of the run.

        Raises:
            NotSent: it cannot be sent there.
        """
        raise NotImplementedError


class ThreadSeat(Seat):
    """This process.

    Args:
        task: of the run.
        limit: how many hosts have their turn at the same time.
        may_share: there may be other processes, whose rules hold here too.
        put: takes what happens, with the number of this seat.
    """

    def __init__(self, task: Task, limit: int, may_share: bool, put: Put) -> None:
        super().__init__(0, limit)
        self._task = task
        self.may_share = may_share
        self._put = put
        self.turns = Turns(limit, WAITED_FOR, lambda: put((self.number, Free())))
        # One more than may be lent at once has its turn in the end.
        self._threads = ThreadPoolExecutor(limit + WAITED_FOR + 1)

    def open(self) -> None:
        """Ask for the first hosts."""
        self.turns.open()

    def limit_to(self, limit: int) -> None:
        """Work on so many at the same time from now on.

        Args:
            limit: how many hosts.
        """
        if limit != self.limit:
            self.limit = limit
            self.turns.limit_to(limit)

    def close(self) -> None:
        """Begin with nothing more, and wait for nothing."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def give(self, host: Host) -> None:
        self.free -= 1
        self.hosts[host.name] = self._task
        self._threads.submit(self._run, host)

    def _run(self, host: Host) -> None:
        with self.turns.taken():
            try:
                results = run_on_host(self._task, host, keep_open=not self.may_share)
                ended = Ended(host.name, fit_to_be_sent(results) if self.may_share else results)
            except Exception as error:
                ended = Ended(host.name, MultiResult(self._task.name), error)
            self._put((self.number, ended))


class WorkerSeat(Seat):
    """A worker.

    Args:
        task: of the run.
        run: the same, as it is sent.
        limit: how many hosts have their turn at the same time.
        put: takes what happens, with the number of this seat.

    Raises:
        OSError: no process can be started.
    """

    def __init__(self, task: Task, run: bytes, limit: int, put: Put) -> None:
        self.run = run
        self._task = task
        self.process = WorkerProcess(_setup(run, limit), lambda process, message: put((process.number, message)))
        super().__init__(self.process.number, limit)

    def give(self, host: Host) -> None:
        sent = Given(host.name, pickled_host(host, self._task.nornir.inventory.defaults))
        self.free -= 1
        task = self.hosts[host.name] = self._task.copy()
        task.host = host
        task.processors.task_instance_started(task, host)
        self.process.send(sent)


def _setup(run: bytes, limit: int) -> Setup:
    log = to_be_kept_at()
    return Setup(
        environment=dict(os.environ.items() - for_programs().items()),
        levels=dict(_levels()),
        filters=tuple(each for each in warnings.filters if _is_known_elsewhere(each[2])),
        log=None if log is None else str(log),
        logins=LOGINS.known(),
        run=run,
        limit=limit,
        spare=WAITED_FOR,
    )


def _levels() -> Iterator[tuple[str, int]]:
    yield "", logging.getLogger().level
    for name, logger in list(logging.Logger.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger) and logger.level != logging.NOTSET:
            yield name, logger.level


def _is_known_elsewhere(category: Any) -> bool:
    return getattr(category, "__module__", _SCRIPT) != _SCRIPT
