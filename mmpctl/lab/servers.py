"""The servers of a fleet: SSH on each node, the database's port of masters and slaves, and the services' ports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

import asyncssh

from .cluster.handshake import Handshakes
from .cluster.postgres import PORT, Postgres
from .listener import Account, Listener
from .node import Node
from .services.service import Service
from .services.service_port import ServicePort
from .services.tls_context import TlsContexts

Networking = Literal["auto", "addresses", "ports"]


class Servers:
    """All that listens for a fleet, from `open` to `close`; both are called on the lab's loop.

    Args:
        handshakes: the TLS handshakes with databases.
        contexts: of the services.
        api: takes a node and an HTTP request to its Web Admin, and gives the answer.
    """

    def __init__(self, handshakes: Handshakes, contexts: TlsContexts, api: Callable[[str, str], bytes]) -> None:
        self._handshakes = handshakes
        self._contexts = contexts
        self._api = api
        self._services: list[ServicePort] = []
        self.listeners: dict[str, Listener] = {}
        self._databases: dict[str, Postgres] = {}
        self._keys: dict[str, asyncssh.SSHKey] = {}

    async def open(
        self, nodes: Mapping[str, Node], account: Account, modes: tuple[Networking, ...], port: int
    ) -> Networking:
        """Let every node listen.

        Args:
            nodes: by name.
            account: who may log in.
            modes: ways to listen, the first that works counts.
            port: of every node where each has its own address.

        Returns:
            The way that worked.

        Raises:
            OSError: an address or port cannot be used.
        """
        self._keys = {name: asyncssh.generate_private_key("ssh-ed25519") for name in nodes}
        mode = await self._open_ssh(nodes, account, modes, port)
        for name, node in nodes.items():
            if node.spec.role in ("master", "slave"):
                self._databases[name] = Postgres(node, self._handshakes)
                await self._databases[name].open()
            node.listen = partial(self._listen, node, usual=mode == "addresses")
            for service in node.services.values():
                if service.enabled:
                    await node.listen(service)
        return mode

    def host_key(self, node: str) -> str:
        """Return a node's public key in OpenSSH's form."""
        return self._keys[node].export_public_key().decode().strip()

    def other_ports(self, node: str) -> tuple[int | None, int | None]:
        """Return where a node's database and its Call Bridge listen; None where that is the usual port, or nowhere."""
        database = self._databases.get(node)
        calls = (port for port in self._services if port.node == node and port.service.form.word == "callbridge")
        bridge = next(calls, None)
        taken = bridge.service.ports[""] if bridge is not None else None
        return (
            None if database is None or database.port == PORT else database.port,
            None if bridge is None or taken == bridge.pair.port else taken,
        )

    async def close(self) -> None:
        """End all connections, and listen no more."""
        await asyncio.gather(*(listener.close() for listener in self.listeners.values()))
        for database in self._databases.values():
            database.close()
        for port in self._services:
            port.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _listen(self, node: Node, service: Service, *, usual: bool) -> None:
        if not node.switches.service_ports or any(port.service is service for port in self._services):
            return
        for pair in service.form.pairs:
            if pair.port is not None:
                port = ServicePort(node.name, service, pair, self._contexts, self._api)
                self._services.append(port)
                await port.open(self.listeners[node.name].host, usual=usual)

    async def _open_ssh(
        self, nodes: Mapping[str, Node], account: Account, modes: tuple[Networking, ...], port: int
    ) -> Networking:
        impostor = asyncssh.generate_private_key("ssh-ed25519")
        for mode in modes:
            self.listeners = {
                name: Listener(
                    node=node,
                    host=node.address if mode == "addresses" else "127.0.0.1",
                    port=port if mode == "addresses" else 0,
                    key=self._keys[name],
                    other_key=impostor,
                    account=account,
                )
                for name, node in nodes.items()
            }
            try:
                for listener in self.listeners.values():
                    listener.open()
            except OSError:
                await self.close()
                if mode == modes[-1]:
                    raise
            else:
                return mode
        raise ValueError("no way to listen was given")
