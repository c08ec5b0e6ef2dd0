"""A death inside the process: from one moment on nothing of the run goes on, and the devices do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import paramiko

from mmpctl.device import platform
from mmpctl.device.ssh.connection import open_client
from tests.proof.boundaries import Boundaries, Point, see_accepted


class Death(BaseException):
    """The run is dead; no `except` for errors catches it."""


class Mortal:
    """A run that dies at a point, in all its threads at once.

    Args:
        at: where it dies; None: it lives, and tells its points.
        log: the lab's; what was confirmed right before the death is accepted there, and goes on.
    """

    def __init__(self, at: Point | None = None, log: Path | None = None) -> None:
        self.passed: list[Point] = []
        self._at = at
        self._log = log
        self._lock = threading.Lock()
        self._dead = False
        self._clients: list[paramiko.SSHClient] = []

    @contextmanager
    def living(self) -> Iterator[None]:
        """The runs of this process are this one meanwhile."""
        with Boundaries(self._reached, self._breathe).watched(), patch.object(platform, "open_client", self._open):
            yield

    def _breathe(self) -> None:
        if self._dead:
            raise Death

    def _reached(self, point: Point) -> None:
        self._breathe()
        if point == self._at and point.confirms and self._log is not None:
            see_accepted(point, self._log)
        with self._lock:
            self.passed.append(point)
            self._dead = self._dead or point == self._at
            clients = tuple(self._clients) if self._dead else ()
        # A process that ends takes its connections with it: whoever reads from one waits no longer.
        for client in clients:
            client.close()
        self._breathe()

    def _open(self, *arguments: Any, **options: Any) -> paramiko.SSHClient:
        self._breathe()
        client = open_client(*arguments, **options)
        with self._lock:
            self._clients.append(client)
        if self._dead:
            client.close()
        self._breathe()
        return client
