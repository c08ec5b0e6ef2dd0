"""A line that is half-open: the other side is gone, and nobody was told."""

from __future__ import annotations

import asyncio

from asyncssh.connection import SSHConnection


async def freeze(connection: SSHConnection) -> None:
    """Read nothing more of a connection, and say nothing more on it; returns only when it is cancelled.

    Args:
        connection: the client's.
    """
    # asyncssh has no way to stop reading a whole connection, only single channels.
    transport = connection._transport
    if transport is not None:
        transport.pause_reading()
    await asyncio.Event().wait()
