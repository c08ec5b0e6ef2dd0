"""A node's listening socket: lets clients in, and plays the faults of connecting."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct

import asyncssh

from .node import Node
from .server import Server

# User name, password, and the public key that is as good.
Account = tuple[str, str, asyncssh.SSHKey]


class Listener:
    """Serves one node on one address.

    Args:
        node: the node.
        host: loopback address.
        port: 0 for any.
        key: the node's host key.
        other_key: what it shows when it plays an impostor.
        account: who may log in.
    """

    def __init__(
        self,
        *,
        node: Node,
        host: str,
        port: int,
        key: asyncssh.SSHKey,
        other_key: asyncssh.SSHKey,
        account: Account,
    ) -> None:
        self.node = node
        self.host = host
        self.port = port
        self._account = account
        self._keys = (key, other_key)
        self._socket: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._clients: set[asyncio.Task[None]] = set()

    @property
    def clients(self) -> int:
        """How many clients are connected."""
        return len(self._clients)

    def open(self) -> None:
        """Take the port, and listen unless a fault forbids it.

        Raises:
            OSError: the address cannot be used.
        """
        self._bind()
        if self.node.fault("connect", "", "refuse") is None:
            self.listen()

    def listen(self) -> None:
        """Let clients in."""
        if self._socket is not None and self._accepting is None:
            self._socket.listen(128)
            self._accepting = asyncio.get_running_loop().create_task(self._accept(self._socket))

    def refuse(self) -> None:
        """Refuse connections from now on, but keep the port; those that are open stay."""
        if self._accepting is not None:
            self._accepting.cancel()
            self._accepting = None
            self._bind()

    def drop_clients(self) -> None:
        """End all connections, as a reboot does."""
        for task in self._clients:
            task.cancel()

    async def close(self) -> None:
        """Stop listening and end all connections."""
        tasks = [*self._clients, *([self._accepting] if self._accepting else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._socket is not None:
            self._socket.close()

    def _bind(self) -> None:
        # Bound but not listening, a port refuses connections and cannot be taken by anybody else.
        if self._socket is not None:
            self._socket.close()
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setblocking(False)
        try:
            sock.bind((self.host, self.port))
        except OSError:
            sock.close()
            raise
        self.port = sock.getsockname()[1]
        self._socket = sock

    async def _accept(self, sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            client, peer = await loop.sock_accept(sock)
            self.node.tell("connect", f"{peer[0]}:{peer[1]}")
            task = loop.create_task(self._serve(client))
            self._clients.add(task)
            task.add_done_callback(self._clients.discard)

    async def _serve(self, client: socket.socket) -> None:
        fault = self.node.fault("connect", "", "reset", "wrong-host-key", "close", "close-after-banner")
        if fault is not None and fault.kind != "wrong-host-key":
            if fault.kind == "reset":
                # No linger: the close is a reset.
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif fault.kind == "close-after-banner":
                await asyncio.get_running_loop().sock_sendall(client, b"SSH-2.0-OpenSSH\r\n")
            client.close()
            return
        key = self._keys[fault is not None]
        connection = None
        try:
            with contextlib.suppress(asyncssh.Error, OSError):
                connection = await asyncssh.run_server(
                    client,
                    server_factory=lambda: Server(self.node, *self._account),
                    server_host_keys=[key],
                    encoding=None,
                    line_editor=False,
                    allow_scp=False,
                    compression_algs=["none"],
                    gss_host=None,
                )
                await connection.wait_closed()
        finally:
            if connection is not None:
                connection.abort()
                await connection.wait_closed()
            client.close()
