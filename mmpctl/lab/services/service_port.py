"""A port of a service: it presents the certificate that the service runs on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from mmpctl.lab.tls_stream import TlsStream

from .form import Pair
from .service import Service
from .tls_context import TlsContexts

_END = b"\r\n\r\n"
_MOST = 16384


class ServicePort:
    """One port of one service.

    Args:
        node: name of the node.
        service: whose port.
        pair: what it presents there.
        contexts: of the fleet.
        answer: takes a node and an HTTP request, and gives the answer.
    """

    def __init__(
        self, node: str, service: Service, pair: Pair, contexts: TlsContexts, answer: Callable[[str, str], bytes]
    ) -> None:
        self.node = node
        self.service = service
        self.pair = pair
        self._contexts = contexts
        self._answer = answer
        self._server: asyncio.Server | None = None

    async def open(self, host: str, *, usual: bool) -> None:
        """Listen, and let the service know on which port.

        Args:
            host: address.
            usual: on the port of the documents if it can be had; else on any.

        Raises:
            OSError: the address cannot be used.
        """
        if usual and self.pair.port is not None:
            with contextlib.suppress(OSError):
                self._server = await asyncio.start_server(self._serve, host, self.pair.port)
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, host, 0)
        self.service.ports[self.pair.name] = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            running = self.service.running
            # A service that is off listens to nobody; ours can only hang up.
            if running is not None:
                stream = TlsStream(reader, writer, self._contexts.answering(self.pair, running))
                await stream.shake()
                await self._converse(stream)
        except (OSError, ValueError, EOFError):
            pass
        finally:
            writer.close()

    async def _converse(self, stream: TlsStream) -> None:
        heard = b""
        while _END not in heard and len(heard) < _MOST:
            block = await stream.read()
            if not block:
                return
            heard += block if self.service.form.word == "webadmin" else b""
        head = heard.partition(_END)[0]
        await stream.write(self._answer(self.node, head.decode("latin-1")))
