"""A worker: a process that runs the task of a run on the hosts that it is given.

It is started by `mmpctl.fleet.worker_process`, and learns all it needs over one socket: nothing stands in its
arguments, its environment or a file. It ends when the other end of the socket is closed, so also when the process of
the run dies.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import FrameType
from typing import Any, Final, NoReturn

from nornir.core import Nornir
from nornir.core.inventory import Host, Hosts, Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.state import GlobalState
from nornir.core.task import Task
from nornir.plugins.runners import SerialRunner

from mmpctl.device.redaction import Direction
from mmpctl.device.ssh.authentication import LOGINS
from mmpctl.fleet.host_run import failed, run_on_host
from mmpctl.fleet.line import Line
from mmpctl.fleet.messages import Done, Free, Given, Granted, Logged, Recorded, Setup, Unfit
from mmpctl.fleet.pickled import Job, unpickled_host
from mmpctl.fleet.pickled_results import pickled_results
from mmpctl.fleet.shared_logins import ClaimedLogins
from mmpctl.fleet.turns import Turns
from mmpctl.inventory.read_only_sessions import only_to_read
from mmpctl.runs.log_file import KeptLog
from mmpctl.timing import RECORDER

logger = logging.getLogger(__name__)

_PLAIN: Final = (str, int, float)


def main(descriptor: int) -> NoReturn:
    """Work until there is nothing more to do.

    Args:
        descriptor: of the socket to the process of the run.
    """
    # A terminal sends Ctrl-C to all processes that it sees: what is to be done then is decided elsewhere. A handler,
    # and not "ignore", for programs that are started here would go on ignoring it.
    signal.signal(signal.SIGINT, _ignored)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    line = Line(descriptor)
    with suppress(EOFError, OSError):
        _work(line)
    # Whatever threads are still doing is of use to nobody.
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(0)


def _ignored(number: int, frame: FrameType | None) -> None:
    """Do nothing."""


def _work(line: Line) -> None:
    setup = line.receive()
    os.environ.update(setup.environment)
    warnings.filters[:] = setup.filters  # type: ignore[index]
    _log_into(line, setup)
    logins = ClaimedLogins(line.send)
    LOGINS.share(setup.logins, logins.credential, logins.failed)
    try:
        job: Job = pickle.loads(setup.run)  # noqa: S301 - from the process that started us
        desk = _Desk(line, job, setup.limit, setup.spare)
    except Exception as error:  # modules of others fail in any way
        line.send(Unfit(f"{type(error).__name__}: {error}"))
        return
    desk.open()
    while True:
        message = line.receive()
        if isinstance(message, Given):
            desk.take(message)
        elif isinstance(message, Granted):
            logins.granted(message)


class _Desk:
    """Where hosts come in, and results go out.

    Args:
        line: to the process of the run.
        job: the task and its surroundings.
        limit: how many hosts have their turn at the same time.
        spare: how many may be waited for besides.
    """

    def __init__(self, line: Line, job: Job, limit: int, spare: int) -> None:
        for name, plugin in job.plugins.items():
            ConnectionPluginRegister.register(name, plugin)
        self._line = line
        self._job = job
        self._nornir = Nornir(
            Inventory(Hosts(), job.groups, job.defaults),
            config=job.config,
            data=GlobalState(dry_run=job.dry_run),
            runner=SerialRunner(),
        )
        self._task = Task(
            job.task,
            self._nornir,
            job.dry_run,
            self._nornir.processors,
            job.name,
            job.severity,
            **job.params,
        )
        self._turns = Turns(limit, spare, lambda: line.send(Free()))
        # One more than may be lent at once has its turn in the end.
        self._threads = ThreadPoolExecutor(limit + spare + 1)

    def open(self) -> None:
        """Ask for the first hosts."""
        self._turns.open()

    def take(self, given: Given) -> None:
        """Begin with a host."""
        self._threads.submit(self._run, given)

    def _run(self, given: Given) -> None:
        try:
            with self._turns.taken():
                self._line.send(self._done(given))
        except OSError:
            os._exit(1)  # nobody is there any more

    def _done(self, given: Given) -> Done:
        try:
            host = self._host(given)
        except Exception as error:  # objects of others fail in any way
            return Done(given.name, pickled_results(failed(self._job.name, None, error)))
        self._nornir.inventory.hosts[host.name] = host
        before = _pickled(host.data)
        results = run_on_host(self._task, host)
        del self._nornir.inventory.hosts[host.name]
        after = _pickled(host.data)
        spent = RECORDER.take(host.name)
        return Done(host.name, pickled_results(results), after if after != before else None, spent)

    def _host(self, given: Given) -> Host:
        recorders: list[_Recorder] = []

        def recorder(connection: str) -> _Recorder:
            recorders.append(_Recorder(self._line, connection))
            return recorders[-1]

        host = unpickled_host(given.host, self._job.groups, self._job.defaults, recorder)
        for each in recorders:
            each.host = host.name
        only_to_read(host)
        return host


def _pickled(data: Any) -> bytes | None:
    try:
        return pickle.dumps(data)
    except Exception:
        return None


class _Recorder:
    """Writes a conversation down where the run is."""

    def __init__(self, line: Line, connection: str) -> None:
        self.host = ""
        self._line = line
        self._connection = connection

    def __call__(self, direction: Direction, text: str) -> None:
        self._line.send(Recorded(self.host, self._connection, direction, str(text)))


class _SentLog(KeptLog):
    """Sends each record to where the run is, and its log."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record, with its text complete: what it is made of may not be fit to be sent."""
        told = {name: value for name, value in vars(record).items() if value is None or isinstance(value, _PLAIN)}
        told |= {"msg": record.getMessage(), "args": None}
        if record.exc_info:
            told["exc_text"] = record.exc_text or logging.Formatter().formatException(record.exc_info)
        with suppress(OSError):
            self._line.send(Logged(told))


def _log_into(line: Line, setup: Setup) -> None:
    log = _SentLog(line)
    log.keep_at(setup.log)
    logging.getLogger().addHandler(log)
    for name, level in setup.levels.items():
        logging.getLogger(name).setLevel(level)
    threading.excepthook = _told_elsewhere


def _told_elsewhere(args: threading.ExceptHookArgs) -> None:
    # A reading thread of paramiko's whose connection was lost; whoever waits for it tells the user.
    if not isinstance(args.exc_value, (EOFError, OSError)):
        logger.info("unexpected error in a thread", exc_info=args.exc_value)
