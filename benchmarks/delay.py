"""A proxy that passes on what it gets a while later, in both directions: a node that is far away."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
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
    with all_far_away([port], seconds) as ports:
        yield ports[0]


@contextmanager
def all_far_away(ports: Sequence[int], seconds: float) -> Iterator[list[int]]:
    """Run one proxy, in a process of its own, in front of many ports of this machine.

    Args:
        ports: where the servers listen.
        seconds: that each byte is under way, in either direction.

    Returns:
        The ports of the proxy, in the same order.
    """
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(ports, seconds, theirs))
    process.start()
    theirs.close()
    try:
        yield ours.recv()
    finally:
        ours.close()
        process.join()


def _run(ports: Sequence[int], seconds: float, line: Connection) -> None:
    asyncio.run(_proxy(ports, seconds, line))


async def _proxy(ports: Sequence[int], seconds: float, line: Connection) -> None:
    async def serve(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The call itself takes a round trip too: the handshake of TCP.
        there, back = await asyncio.open_connection(HOST, port)
        await asyncio.gather(_pass_on(reader, back, seconds), _pass_on(there, writer, seconds))

    servers = [await asyncio.start_server(partial(serve, port), HOST, 0) for port in ports]
    line.send([server.sockets[0].getsockname()[1] for server in servers])
    # The other end is closed when nobody needs the proxy any more.
    gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(line.fileno(), gone.set)
    await gone.wait()
    for server in servers:
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
