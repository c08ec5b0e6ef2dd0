"""A stage on which threads take turns: one acts at a time, and whoever directs says which; time is what they wait."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ALL_COMPLETED, Future
from concurrent.futures._base import DoneAndNotDoneFutures
from functools import partial
from random import Random
from types import TracebackType
from typing import Any


class Death(BaseException):
    """The process is gone: nothing may catch this."""


class Actor:
    """One thread of a process; it acts when it is its turn, up to its next word to a device or its next wait.

    Args:
        stage: where it acts.
        cast: the process it belongs to.
        play: what it does.
    """

    def __init__(self, stage: Stage, cast: Cast, play: Callable[[], Any]) -> None:
        self.cast = cast
        self.ended = False
        self.result: Any = None
        self.error: BaseException | None = None
        self.waits_for: tuple[Actor, ...] = ()
        self.wakes = 0.0
        self._stage = stage
        self._play = play
        self._turn = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def is_ready(self) -> bool:
        """It could go on now."""
        return not self.ended and (self.cast.is_dead or all(other.ended for other in self.waits_for))

    def act(self) -> None:
        """Give it the turn; returns when it gives it back."""
        # A word to a device takes a moment.
        self._stage.now = max(self._stage.now + 0.02, self.wakes)
        self._stage.acting = self
        self._turn.release()
        self._stage.back.acquire()
        self._stage.acting = None
        if self.ended:
            self._thread.join()

    def pause(self) -> None:
        """Give the turn back, and wait for the next one."""
        self._stage.back.release()
        self._turn.acquire()
        if self.cast.is_dead:
            raise Death

    def _run(self) -> None:
        self._turn.acquire()
        try:
            if not self.cast.is_dead:
                self.result = self._play()
        except BaseException as error:
            self.error = error
        self.ended = True
        self._stage.back.release()


class Cast:
    """One process: its threads live and die together."""

    def __init__(self) -> None:
        self.is_dead = False


class Stage:
    """Where actors take turns.

    Args:
        seed: of the order of turns, where it is left to chance.
    """

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311
        self.now = 1000.0
        self.back = threading.Semaphore(0)
        self.acting: Actor | None = None
        self.actors: list[Actor] = []

    def enter(self, cast: Cast, play: Callable[[], Any]) -> Actor:
        """One more actor."""
        actor = Actor(self, cast, play)
        self.actors.append(actor)
        return actor

    def point(self) -> None:
        """Between two words to the devices: others may act, and the process may die here."""
        if self.acting is not None:
            self.acting.pause()

    def wait(self, seconds: float) -> None:
        """Let that much time pass."""
        if self.acting is not None:
            self.acting.wakes = self.now + seconds
            self.acting.pause()

    def together(self, plays: Iterable[Callable[[], Any]]) -> list[Any]:
        """Do several things side by side, and wait for all of them."""
        mine = self.acting
        plays = list(plays)
        if mine is None or len(plays) == 1:
            return [play() for play in plays]
        others = tuple(self.enter(mine.cast, play) for play in plays)
        mine.waits_for = others
        self.point()
        mine.waits_for = ()
        for other in others:
            if other.error is not None:
                raise other.error
        return [other.result for other in others]

    def ready(self) -> list[Actor]:
        """Who could go on; who waits for a later moment comes after those who don't."""
        self.actors = [actor for actor in self.actors if not actor.ended]
        able = [actor for actor in self.actors if actor.is_ready]
        awake = [actor for actor in able if actor.wakes <= self.now]
        return awake or sorted(able, key=lambda actor: actor.wakes)[:1]

    def act(self, turns: int) -> int:
        """Let actors take so many turns, in an order left to chance; returns how many were taken."""
        for turn in range(turns):
            ready = self.ready()
            if not ready:
                return turn
            self.random.choice(ready).act()
        return turns

    def bury(self, cast: Cast) -> None:
        """A process dies: none of its threads does anything more."""
        cast.is_dead = True
        while mine := [actor for actor in self.actors if actor.cast is cast and not actor.ended]:
            for actor in mine:
                actor.act()


class Clock:
    """The module `time`, on the stage."""

    CLOCK_BOOTTIME = 7

    def __init__(self, stage: Callable[[], Stage]) -> None:
        self._stage = stage

    def monotonic(self) -> float:
        """The stage's time, seconds."""
        return self._stage().now

    def clock_gettime(self, _: int) -> float:
        """The same."""
        return self._stage().now

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


class Pause:
    """`threading.Event`, as the product uses it: to wait for a while."""

    def __init__(self, stage: Callable[[], Stage]) -> None:
        self._stage = stage

    def wait(self, seconds: float) -> bool:
        """Nobody sets it."""
        self._stage().wait(seconds)
        return False


class StagedFuture(Future[Any]):
    """What becomes of a call that was submitted.

    Args:
        pool: makes it.
    """

    def __init__(self, pool: Pool) -> None:
        super().__init__()
        self.pool = pool


def wait_on_stage(
    futures: Collection[StagedFuture], timeout: float | None = None, return_when: str = ALL_COMPLETED
) -> DoneAndNotDoneFutures[Any]:
    """`concurrent.futures.wait`, on the stage: it takes none of the stage's time, and returns when all calls are made.

    Whoever waits awake would take turns and time of the stage for nothing, for the calls go on only in turns of others.

    Args:
        futures: of pools on the stage.
        timeout: seconds of the real clock, which stands still on the stage.
        return_when: all calls have been made, whatever is wanted.
    """
    for future in futures:
        future.pool.work_off()
    return DoneAndNotDoneFutures(set(futures), set())


class Pool:
    """`ThreadPoolExecutor`, on the stage."""

    def __init__(self, stage: Callable[[], Stage], max_workers: int = 4) -> None:
        self._stage = stage
        self._workers = max_workers
        self._submitted: deque[tuple[Future[Any], Callable[[], Any]]] = deque()

    def __enter__(self) -> Pool:  # noqa: PYI034 - Self came with Python 3.11
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.work_off()

    def submit(self, function: Callable[..., Any], *arguments: Any) -> StagedFuture:
        """A call that is made as soon as somebody waits for it."""
        future = StagedFuture(self)
        self._submitted.append((future, partial(function, *arguments)))
        return future

    def work_off(self) -> None:
        """Make all calls that were submitted, so many at a time."""

        def work() -> None:
            while self._submitted:
                future, call = self._submitted.popleft()
                if not future.set_running_or_notify_cancel():
                    continue
                try:
                    future.set_result(call())
                except Exception as error:  # as the real one, it keeps what is raised for whoever wants the result
                    future.set_exception(error)

        self._stage().together([work] * min(self._workers, len(self._submitted)))

    def map(self, function: Callable[..., Any], *arguments: Iterable[Any]) -> Iterator[Any]:
        """All calls, so many at a time; results in their order."""
        todo = list(enumerate(zip(*arguments, strict=False)))
        done: dict[int, Any] = {}

        def work() -> None:
            while todo:
                number, given = todo.pop(0)
                done[number] = function(*given)

        self._stage().together([work] * min(self._workers, len(todo)))
        return iter([done[number] for number in sorted(done)])
