"""A proxy that passes on what it gets a while later, in both directions: a node that is far away."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection

HOST = "127.0.0.1"
_BLOCK = 65536


@contextmanager
def far_away(port: int, seconds: float) -> Iterator[int]:
    """Run a proxy, in a process of its own, in front of a port of this machine.

    Args:
        port: where the server listens.
        seconds: that each byte is under way, in either direction.

    Returns:
        The port of the proxy.
    """
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(port, seconds, theirs))
    process.start()
    theirs.close()
    try:
        yield ours.recv()
    finally:
        ours.close()
        process.join()


def _run(port: int, seconds: float, line: Connection) -> None:
    asyncio.run(_proxy(port, seconds, line))


async def _proxy(port: int, seconds: float, line: Connection) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The call itself takes a round trip too: the handshake of TCP.
        there, back = await asyncio.open_connection(HOST, port)
        await asyncio.gather(_pass_on(reader, back, seconds), _pass_on(there, writer, seconds))

    server = await asyncio.start_server(serve, HOST, 0)
    line.send(server.sockets[0].getsockname()[1])
    # The other end is closed when nobody needs the proxy any more.
    gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(line.fileno(), gone.set)
    await gone.wait()
    server.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    loop = asyncio.get_running_loop()

    def send(block: bytes) -> None:
        with suppress(ConnectionError):
            writer.write(block)

    with suppress(ConnectionError):
        while block := await reader.read(_BLOCK):
            loop.call_later(seconds, send, block)
    loop.call_later(seconds, writer.close)
