"""One end of the line between the process of a run and a worker: several threads send, one receives."""

from __future__ import annotations

import threading
from multiprocessing.connection import Connection
from typing import Any


class Line:
    """Sends and receives messages (`mmpctl.fleet.messages`).

    Args:
        descriptor: of a connected socket, which belongs to the line from then on.
    """

    def __init__(self, descriptor: int) -> None:
        self._connection: Connection[Any, Any] = Connection(descriptor)
        self._lock = threading.Lock()

    def send(self, message: object) -> None:
        """Send a message.

        Args:
            message: one of `mmpctl.fleet.messages`.

        Raises:
            OSError: the other end is gone.
        """
        with self._lock:
            self._connection.send(message)

    def receive(self) -> Any:
        """Wait for the next message.

        Raises:
            EOFError, OSError: the other end is gone.
        """
        return self._connection.recv()

    def close(self) -> None:
        """Close this end."""
        with self._lock:
            self._connection.close()
