"""Work on several clusters at the same time, and react to signals meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, CancelledError, Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")

# An untimed wait of Python's is not ended by a signal that another thread takes, or that comes just before the wait.
_AWAKE_SECONDS = 0.5


def side_by_side(make: Callable[[Given], Made], given: Sequence[Given], at_once: int) -> list[Made]:
    """Call a function for several things in threads, and heed signals while they work.

    Args:
        make: the function.
        given: what it is called with, one call each.
        at_once: how many calls are made at the same time.

    Returns:
        What the calls returned, in the order of `given`; what one of them raises is raised, and no further call begins.
    """
    if not given:
        return []
    has_raised: list[bool] = []

    def call(one: Given) -> Made:
        # A thread takes the next call before anybody else learns what came of the last one.
        if has_raised:
            raise CancelledError
        try:
            return make(one)
        except BaseException:
            has_raised.append(True)
            raise

    with ThreadPoolExecutor(max_workers=min(len(given), at_once)) as pool:
        futures = [pool.submit(call, one) for one in given]
        try:
            while wait(futures, _AWAKE_SECONDS, FIRST_EXCEPTION).not_done and not any(map(_has_failed, futures)):
                pass
            for future in filter(_has_failed, futures):
                future.result()
            return [future.result() for future in futures]
        finally:
            for future in futures:
                future.cancel()


def _has_failed(future: Future[Any]) -> bool:
    return future.done() and future.exception() is not None
