"""TLS over a stream, with a certificate that is chosen for each connection."""

from __future__ import annotations

import asyncio
import ssl

_BLOCK = 65536


class TlsStream:
    """The server's side of one connection.

    Args:
        reader: what the client sends, still enciphered.
        writer: to the client.
        context: what is presented, and who is asked for a certificate.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext) -> None:
        self._reader = reader
        self._writer = writer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    async def shake(self) -> None:
        """Come to terms with the client.

        Raises:
            ssl.SSLError: the client refuses, or is refused.
            EOFError: it has gone.
        """
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._more()
            else:
                break
            finally:
                await self._send()

    async def read(self) -> bytes:
        """What comes next; nothing at the end.

        Raises:
            ssl.SSLError: it is not TLS.
        """
        while True:
            try:
                return self._tls.read(_BLOCK)
            except ssl.SSLWantReadError:
                try:
                    await self._more()
                except EOFError:
                    return b""
            except ssl.SSLZeroReturnError:
                return b""

    async def write(self, data: bytes) -> None:
        """Send something."""
        self._tls.write(data)
        await self._send()

    async def _more(self) -> None:
        await self._send()
        block = await self._reader.read(_BLOCK)
        if not block:
            raise EOFError
        self._incoming.write(block)

    async def _send(self) -> None:
        self._writer.write(self._outgoing.read())
        await self._writer.drain()
