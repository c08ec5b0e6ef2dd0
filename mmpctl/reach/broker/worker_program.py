"""Celery's worker as ours: it says in plain words what it does, is finished or cut by signals, and tries for ever."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, Final

from celery import Celery
from celery.apps.worker import Worker
from celery.exceptions import WorkerShutdown
from celery.worker import state
from celery.worker.consumer import Consumer
from kombu.connection import Connection

from mmpctl.reach.broker.broker_trouble import BROKER_ERRORS, BrokerTrouble

# Between two attempts to reach the broker, seconds: at first, by how much it grows, and at most.
PAUSES: Final = (1, 1, 5)
_ENDED, _FAILED = 0, 1

Tell = Callable[[str], None]
Explain = Callable[[BaseException], BrokerTrouble]


class SiteWorker(Worker):  # type: ignore[misc]  # Celery has no types
    """Celery's worker.

    Args:
        app: with its task and settings.
        tell: is told what it does, a line each.
        explain: says what an error of the broker means.
        waiting: what is told once it waits for requests.
        others: arguments of Celery's.
    """

    def __init__(self, app: Celery, tell: Tell, explain: Explain, waiting: str, **others: Any) -> None:
        self.tell = tell
        self.explain = explain
        self.trouble: BrokerTrouble | None = None
        self._waiting = waiting
        super().__init__(app, consumer_cls=_Consumer, quiet=True, **others)

    def on_consumer_ready(self, consumer: Consumer) -> None:
        """Say that it waits for requests; called once."""
        super().on_consumer_ready(consumer)
        self.tell(self._waiting)

    def set_process_status(self, info: str) -> None:
        """Leave the name of the process as it is."""

    def install_platform_tweaks(self, worker: Worker) -> None:
        """Answer signals in plain words."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._finish)
        signal.signal(signal.SIGQUIT, self._cut)

    def _finish(self, number: int, frame: FrameType | None) -> None:
        if state.should_stop is not None:
            # Whoever types Ctrl-C twice does not want to wait; a service manager that asks twice does.
            if number == signal.SIGINT:
                self._cut(number, frame)
            return
        state.should_stop = _ENDED
        again = ", or press Ctrl-C again to cut them off" if number == signal.SIGINT else ""
        self.tell(f"takes no more requests, and ends with those that it carries (SIGQUIT cuts them off{again})")

    def _cut(self, number: int, frame: FrameType | None) -> None:
        self.tell("cuts off the requests that it carries; renewals that were begun go on")
        if state.should_stop is None:
            state.should_terminate = _FAILED
            return
        # It waits for its processes already.
        for pid in self.pool.info["processes"]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)


class _Consumer(Consumer):  # type: ignore[misc]  # Celery has no types
    """What takes requests from the broker."""

    def start(self) -> None:
        """Take requests until it is stopped.

        Raises:
            WorkerShutdown: it was stopped, or the broker does not want it any more.
        """
        try:
            super().start()
        except BROKER_ERRORS as error:
            self.controller.trouble = self.controller.explain(error)
            raise WorkerShutdown(_FAILED) from error

    def ensure_connected(self, conn: Connection) -> Connection:
        """Open a connection, however long that takes.

        Args:
            conn: to be opened.
        """
        told = False

        def failed(error: BaseException, interval: float) -> None:
            nonlocal told
            if not told:
                told = True
                trouble = self.controller.explain(error)
                self.controller.tell(f"the broker {trouble.cause}; it is tried again until it does. {trouble.advice}")

        opened: Connection = conn.ensure_connection(failed, None, *PAUSES, callback=state.maybe_shutdown)
        self.first_connection_attempt = False
        if told:
            self.controller.tell("the broker is there again")
        return opened

    def on_connection_error_after_connected(self, exc: BaseException) -> None:
        """Say that the connection was lost, and tidy up.

        Args:
            exc: why.
        """
        trouble = self.controller.explain(exc)
        self.controller.tell(f"the connection was lost: the broker {trouble.cause}")
        super().on_connection_error_after_connected(exc)
