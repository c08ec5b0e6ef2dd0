"""One run of a task on many hosts: in threads of this process, and in workers as soon as they pay."""

from __future__ import annotations

import logging
import pickle
import time
from collections import deque
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final, NoReturn, Protocol

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Task

from mmpctl.fleet.host_run import failed, tell_of_host
from mmpctl.fleet.interrupts import Interrupted, interrupts_told
from mmpctl.fleet.messages import (
    Claim,
    Done,
    Free,
    Gone,
    Granted,
    Logged,
    LoginEnded,
    LoginFailed,
    Recorded,
    Unfit,
)
from mmpctl.fleet.pickled import Job, NotSent, pickled_job
from mmpctl.fleet.pickled_results import received_results
from mmpctl.fleet.seats import Ended, Seat, ThreadSeat, WorkerSeat
from mmpctl.fleet.shared_logins import LoginClaims
from mmpctl.fleet.spread import Pace, Spread, cores, shares, spread
from mmpctl.fleet.worker_process import WorkerLost
from mmpctl.timing import RECORDER

logger = logging.getLogger(__name__)

# So many hosts must have ended before it is decided on further processes: the first few say little.
_ENOUGH: Final = 10
# How often a worker's question is looked at that a thread of this process may decide.
_CLAIM_SECONDS: Final = 0.1
_UNFIT: Final = "the task %s runs in one process: %s"


class Wish(Protocol):
    """What the user of a runner wants."""

    num_workers: int
    processes: int | None
    stop_seconds: float | None
    may_grow: bool


class ProcessRun:
    """One run.

    Args:
        task: what to do.
        hosts: on which hosts.
        wish: how it is to be done.
    """

    def __init__(self, task: Task, hosts: list[Host], wish: Wish) -> None:
        self._task = task
        self._wish = wish
        self._hosts = {host.name: host for host in hosts}
        self._left = deque(hosts)
        # Such as cannot be sent to another process.
        self._left_here: deque[Host] = deque()
        self._results: dict[str, MultiResult] = {}
        self._events: SimpleQueue[tuple[int, object]] = SimpleQueue()
        self._here = ThreadSeat(task, wish.num_workers, wish.processes != 1, self._events.put)
        self._seats: dict[int, Seat] = {self._here.number: self._here}
        self._spread = Spread(1, wish.num_workers)
        self._may_spread = wish.processes != 1
        self._claims = LoginClaims(self._answer)
        self._cpu = time.process_time()

    def run(self) -> AggregatedResult:
        """Run the task on all hosts, and return a result for each, in their order."""
        try:
            with interrupts_told(lambda: self._events.put((self._here.number, Interrupted()))):
                self._here.open()
                if self._wish.processes is not None and self._may_spread:
                    self._start(Spread(min(self._wish.processes, len(self._hosts)), self._wish.num_workers))
                while len(self._results) < len(self._hosts):
                    self._hear()
        finally:
            self._end()
        results = AggregatedResult(self._task.name)
        for name in self._hosts:
            results[name] = self._results[name]
        return results

    def _stop(self) -> NoReturn:
        """Begin with no further host, and wait for those that are worked on, until the next Ctrl-C."""
        self._left.clear()
        self._left_here.clear()
        self._may_spread = False
        until = None if self._wish.stop_seconds is None else time.monotonic() + self._wish.stop_seconds
        while any(seat.hosts for seat in self._seats.values()) and (until is None or time.monotonic() < until):
            self._hear(until)
        raise KeyboardInterrupt

    def _end(self) -> None:
        self._here.close()
        for seat in self._workers():
            seat.process.begin_end()
        for seat in self._workers():
            seat.process.end()

    def _hear(self, until: float | None = None) -> None:
        """Wait for something to happen, and do what is to be done then."""
        seconds = _CLAIM_SECONDS if self._claims.waiting else None
        if until is not None:
            seconds = min(max(0.0, until - time.monotonic()), seconds or _CLAIM_SECONDS)
        try:
            number, message = self._events.get(timeout=seconds)
        except Empty:
            self._claims.decide()
            return
        seat = self._seats.get(number)
        if seat is None:
            pass  # a worker that has ended had more to say
        elif isinstance(message, Free):
            seat.free += 1
            if seat is not self._here:
                self._here.limit_to(shares(self._spread.at_once, self._spread.processes)[0])
            self._give()
        elif isinstance(message, Interrupted):
            self._stop()
        elif isinstance(message, Ended):
            if message.error is not None:
                raise message.error
            seat.hosts.pop(message.name)
            self._keep(message.name, message.results)
        elif isinstance(seat, WorkerSeat):
            self._hear_worker(seat, message)

    def _hear_worker(self, seat: WorkerSeat, message: object) -> None:
        if isinstance(message, Done):
            self._arrived(seat, message)
        elif isinstance(message, (Claim, LoginEnded, LoginFailed)):
            self._claims.hear(seat.number, message)
        elif isinstance(message, Logged):
            logging.getLogger(message.record["name"]).handle(logging.makeLogRecord(dict(message.record)))
        elif isinstance(message, Recorded):
            options = self._hosts[message.host].connection_options[message.connection]
            (options.extras or {})["recorder"](message.direction, message.text)
        elif isinstance(message, Unfit):
            self._may_spread = False
            logger.info(_UNFIT, self._task.name, message.why)
        elif isinstance(message, Gone):
            self._gone(seat)

    def _give(self) -> None:
        """Give the hosts that are left to those who can take one."""
        while self._here.free and self._left_here:
            self._here.give(self._left_here.popleft())
        # Those who wait for the most get the next one.
        for seat in sorted(self._seats.values(), key=lambda one: -one.free):
            while seat.free and self._left:
                host = self._left.popleft()
                try:
                    seat.give(host)
                except NotSent as error:
                    logger.info("%s is worked on in this process: %s", host.name, error)
                    self._left_here.append(host)
        if self._here.free and self._left_here:
            self._give()

    def _arrived(self, seat: WorkerSeat, message: Done) -> None:
        host, task = self._hosts[message.name], seat.hosts.pop(message.name)
        seat.done += 1
        RECORDER.add(message.spent)
        results = received_results(message.results, self._hosts, task)
        if message.data is not None:
            with suppress(Exception):
                host.data = pickle.loads(message.data)  # noqa: S301 - from our worker
        tell_of_host(task, host, results)
        self._keep(host.name, results)

    def _keep(self, name: str, results: MultiResult) -> None:
        self._results[name] = results
        if self._wish.processes is None and self._may_spread and len(self._results) >= _ENOUGH and self._left:
            pace = Pace(
                done=len(self._results),
                under_way=len(self._here.hosts),
                left=len(self._left),
                cpu_seconds=time.process_time() - self._cpu,
                turn_seconds=self._here.turns.held_seconds / len(self._results),
                at_once=self._wish.num_workers,
            )
            chosen = spread(pace, cores(), may_grow=self._wish.may_grow)
            if chosen.processes > 1:
                self._start(chosen)

    def _start(self, chosen: Spread) -> None:
        """Start workers, unless they could not run the task."""
        self._may_spread = False
        try:
            run = pickled_job(Job.of(self._task))
        except NotSent as error:
            logger.info(_UNFIT, self._task.name, error)
            return
        self._spread = chosen
        logger.debug("%d processes, %d hosts at the same time", chosen.processes, chosen.at_once)
        for share in shares(chosen.at_once, chosen.processes)[1:]:
            self._hire(run, share)

    def _hire(self, run: bytes, share: int) -> None:
        try:
            seat = WorkerSeat(self._task, run, share, self._events.put)
        except OSError as error:
            logger.warning("no further process can be started (%s); this one goes on", error.strerror)
            return
        self._seats[seat.number] = seat

    def _gone(self, seat: WorkerSeat) -> None:
        """A worker has ended by itself: its hosts are not seen, and further ones go to others."""
        del self._seats[seat.number]
        self._claims.gone(seat.number)
        how = seat.process.how_it_ended()
        seat.process.end()
        if seat.hosts:
            logger.warning("a process %s; %d hosts were worked on in it", how, len(seat.hosts))
        for name, task in list(seat.hosts.items()):
            results = failed(task.name, self._hosts[name], WorkerLost.with_host(name, how))
            tell_of_host(task, self._hosts[name], results)
            self._keep(name, results)
        # One that was of use is replaced; one that ends as soon as it begins would do so again.
        if seat.done and len(self._left) > seat.limit:
            self._hire(seat.run, seat.limit)
        if not self._workers():
            self._here.limit_to(self._wish.num_workers)
        self._give()

    def _workers(self) -> list[WorkerSeat]:
        return [seat for seat in self._seats.values() if isinstance(seat, WorkerSeat)]

    def _answer(self, number: int, answer: Granted) -> None:
        for seat in self._workers():
            if seat.number == number:
                seat.process.send(answer)
