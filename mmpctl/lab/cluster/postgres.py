"""The port of a node's database: it presents the certificate that the database has taken, and lets nobody in."""

from __future__ import annotations

import asyncio
import contextlib

from mmpctl.lab.node import Node
from mmpctl.lab.tls_stream import TlsStream

from .handshake import Handshakes

PORT = 5432
# Length, then 1234 and 5679 in two halves: PostgreSQL's request for TLS.
_SSL_REQUEST = bytes.fromhex("0000000804d2162f")


class Postgres:
    """The port of one database.

    Args:
        node: whose database.
        handshakes: of the fleet.
    """

    def __init__(self, node: Node, handshakes: Handshakes) -> None:
        self.node = node
        self.port: int | None = None
        self._handshakes = handshakes
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen on the node's own address, on another port where the usual one is taken, or not at all."""
        for port in (PORT, 0):
            with contextlib.suppress(OSError):
                self._server = await asyncio.start_server(self._serve, self.node.address, port)
                self.port = self._server.sockets[0].getsockname()[1]
                return

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        database = self.node.database
        try:
            # A database that is in no cluster listens to nobody outside; ours can only hang up.
            if database.role in ("master", "slave") and database.up and database.credentials is not None:
                context = self._handshakes.answering(database.credentials)
                if await reader.readexactly(len(_SSL_REQUEST)) == _SSL_REQUEST:
                    writer.write(b"S")
                    stream = TlsStream(reader, writer, context)
                    await stream.shake()
                    await stream.read()
        except (OSError, ValueError, EOFError):
            pass
        finally:
            writer.close()
