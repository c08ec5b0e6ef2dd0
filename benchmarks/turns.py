"""Clients that do the same work, each in a process of its own, in turns: what slows one down slows down all."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

# Makes, in the process of the client, what does the work once and returns the answers.
Factory = Callable[[], Callable[[], Any]]


@dataclass(slots=True)
class Timings:
    """What one client took.

    Args:
        wall: seconds of each round.
        cpu: processor seconds of the client's process in each round.
    """

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


class WrongAnswers(Exception):
    """Two clients have not done the same work."""


def in_turns(clients: Mapping[str, Factory], rounds: int) -> dict[str, Timings]:
    """Let each client work once to warm up, compare the answers, then let them work in turns.

    Args:
        clients: by name; each can be pickled.
        rounds: how often each is measured.

    Raises:
        WrongAnswers: the answers of two clients differ.
    """
    with ExitStack() as stack:
        workers = {name: stack.enter_context(_Worker(factory)) for name, factory in clients.items()}
        answers = {name: worker.ask("answers") for name, worker in workers.items()}
        first = next(iter(answers))
        for name, answer in answers.items():
            if answer != answers[first]:
                raise WrongAnswers(
                    f"{name} and {first} were answered differently: {answer!r:.500}, {answers[first]!r:.500}"
                )
        timings = {name: Timings() for name in workers}
        for _ in range(rounds):
            for name, worker in workers.items():
                wall, cpu = worker.ask("times")
                timings[name].wall.append(wall)
                timings[name].cpu.append(cpu)
        return timings


def figure(seconds: list[float]) -> str:
    """Return the median of some times in milliseconds, with the half of them that lies in the middle.

    Args:
        seconds: at least two.
    """
    low, middle, high = (1000 * each for each in statistics.quantiles(seconds, n=4))
    return f"{middle:.1f} ms ({low:.1f} to {high:.1f})"


def ratio(ours: list[float], other: list[float]) -> float:
    """Return the ratio of the medians.

    Args:
        ours: times of ours.
        other: times of what it is compared with.
    """
    return statistics.median(ours) / statistics.median(other)


class _Worker:
    """The process of one client."""

    def __init__(self, factory: Factory) -> None:
        self._line, theirs = multiprocessing.Pipe()
        self._process: BaseProcess = multiprocessing.get_context("spawn").Process(target=_serve, args=(factory, theirs))
        self._process.start()
        theirs.close()

    def __enter__(self) -> _Worker:  # noqa: PYI034 - Self is not in Python 3.10
        return self

    def __exit__(self, *_: object) -> None:
        # The process ends when nobody can ask any more.
        self._line.close()
        self._process.join()

    def ask(self, what: str) -> Any:
        self._line.send(what)
        found = self._line.recv()
        if isinstance(found, Exception):
            raise found
        return found


def _serve(factory: Factory, line: Connection) -> None:
    run = factory()
    while True:
        try:
            wanted = line.recv()
        except EOFError:
            return
        try:
            wall, cpu = time.perf_counter(), time.process_time()
            answers = run()
            times = time.perf_counter() - wall, time.process_time() - cpu
        except Exception as error:
            line.send(RuntimeError(f"{type(error).__name__}: {error}"))
        else:
            line.send(answers if wanted == "answers" else times)
