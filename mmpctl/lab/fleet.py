"""A fleet of simulated Meeting Servers in this process."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import asyncssh

from .authority import Authority, KeyType
from .build import lay_files, new_certificates, start_cluster
from .cluster.cluster_commands import by_hand
from .cluster.handshake import Handshakes
from .cluster.network import Network
from .events import EventLog
from .fault import Fault, FaultBook
from .listing import Listed, write_inventory
from .node import Node
from .scenario import FleetSpec
from .servers import Networking, Servers
from .services.links import Links
from .services.provision import Deployment
from .services.rest_api import RestApi
from .services.tls_context import TlsContexts
from .switches import Switches

_T = TypeVar("_T")


class Fleet:
    """Nodes that listen on loopback, from `start` (or `with`) to `stop`; its methods may be called from any thread.

    Args:
        spec: the nodes.
        folder: an existing empty folder; everything that the lab writes goes there.
        switches: how all nodes behave.
        node_switches: other switches for single nodes, by name.
        faults: what goes wrong.
        networking: each node on its own loopback address, all on 127.0.0.1 with a port each; auto: the first
            where it works.
        port: of every node in the mode "addresses".
        key_type: of all certificates.
    """

    username = "admin"

    def __init__(
        self,
        spec: FleetSpec,
        folder: Path,
        *,
        switches: Switches | None = None,
        node_switches: Mapping[str, Switches] | None = None,
        faults: Iterable[Fault] = (),
        networking: Networking = "auto",
        port: int = 2022,
        key_type: KeyType = "ec",
    ) -> None:
        self.spec = spec
        self.folder = folder
        self.password = "Example-123"  # noqa: S105 - the lab's, and nobody else's
        self.inventory = folder / "inventory"
        self.known_hosts = self.inventory / "known_hosts"
        self.certificates = folder / "certificates"
        self.service_certificates = folder / "service-certificates"
        self.ssh_key = folder / "admin_key"
        self.log = EventLog(folder / "lab.log")
        self.faults = FaultBook(faults)
        self.network = Network(Handshakes(folder / "handshakes"))
        self.networking = networking
        self.nodes: dict[str, Node] = {}
        self.authorities: dict[str, Authority] = {}
        self.deployments: dict[str, Deployment] = {}
        self._port = port
        contexts = TlsContexts(folder / "handshakes")
        self.links = Links(self.nodes, self.network, contexts)
        self.api = RestApi(self.nodes, self.links, (self.username, self.password))
        self._servers = Servers(self.network.handshakes, contexts, self.api.answer)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lab", daemon=True)
        self._build(switches or Switches(), dict(node_switches or {}), key_type)

    def __enter__(self) -> Fleet:  # noqa: PYI034 - Self came with Python 3.11
        return self if self._thread.is_alive() else self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> Fleet:
        """Let every node listen, and write the inventory.

        Raises:
            OSError: an address or port cannot be used.
        """
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End all connections and the lab's thread; a second call does nothing."""
        if self._loop.is_closed():
            return
        if not self._thread.is_alive():
            self._thread.start()
        asyncio.run_coroutine_threadsafe(self._servers.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.log.close()

    def address(self, node: str) -> tuple[str, int]:
        """Where a node listens: host and port."""
        listener = self._servers.listeners[node]
        return listener.host, listener.port

    def service_address(self, node: str, service: str, pair: str = "") -> tuple[str, int]:
        """Where a service listens: host and port.

        Args:
            node: its name.
            service: its word.
            pair: which of its pairs it presents there: `https`, `c2w`, `sip`; empty where it has one only.
        """
        return self._servers.listeners[node].host, self.nodes[node].services[service].ports[pair]

    @property
    def lost(self) -> dict[str, int]:
        """How many calls, sessions, recordings … ended because a service stopped, by service."""
        return dict(sum((node.lost for node in self.nodes.values()), Counter()))

    @property
    def open_connections(self) -> int:
        """How many clients are connected."""
        return sum(listener.clients for listener in self._servers.listeners.values())

    def write(self, node: str, row: str) -> None:
        """Add a row on a master, or on a node that is in no cluster.

        Raises:
            ValueError: the node is a slave or a client.
        """
        self._call(lambda: self.nodes[node].database.write(row))

    def cut_off(self, *nodes: str) -> None:
        """Keep these nodes, and no others, apart from all other nodes; our own way to them stays open."""

        def change() -> None:
            self.network.cut_off = frozenset(self.nodes[node].address for node in nodes)
            self.network.elect()
            for node in self.nodes.values():
                if node.database.role == "master":
                    self.network.copy_rows(node.database)

        self._call(change)

    def set_switches(self, node: str, **changes: Any) -> None:
        """Change some of a node's switches from now on."""
        self.nodes[node].switches = replace(self.nodes[node].switches, **changes)

    def take_down(self, node: str) -> None:
        """Drop a node's connections, and refuse new ones; the other nodes lose it too."""
        self._call(lambda: self._power_off(node))

    def bring_up(self, node: str) -> None:
        """Let a node that was taken down, or died, be there again."""
        self._call(lambda: self._power_on(node))

    def by_hand(self, node: str, command: str) -> None:
        """Have somebody type and confirm a `database cluster` command on a node; it goes on there by itself."""
        self._call(lambda: by_hand(self.nodes[node], command))

    def _power_off(self, node: str) -> None:
        self._servers.listeners[node].refuse()
        self._servers.listeners[node].drop_clients()
        self.nodes[node].halt()
        self.network.elect()

    def _power_on(self, node: str) -> None:
        self._servers.listeners[node].listen()
        if not self.nodes[node].database.up:
            self.nodes[node].wake()

    def _suffer(self, where: str, fault: Fault) -> None:
        node = fault.on or where
        self.nodes[node].tell("fault", f"{fault.kind}: {fault.text or fault.seconds}")
        if fault.kind == "by-hand":
            by_hand(self.nodes[node], fault.text)
        elif fault.kind == "failover":
            self.nodes[node].database.take_over()
        else:
            self._power_off(node)
        if fault.kind == "reboot":
            self._loop.call_later(fault.seconds, self._power_on, node)

    def _build(self, switches: Switches, node_switches: dict[str, Switches], key_type: KeyType) -> None:
        clusters = {node.name: cluster.name for cluster in self.spec.clusters for node in cluster.nodes}
        played = {spec.name: node_switches.get(spec.name, switches) for spec in self.spec.nodes}
        given, self.deployments = lay_files(self.spec, self.folder, played, key_type)
        for spec in self.spec.nodes:
            node = Node(
                spec=spec,
                cluster=clusters.get(spec.name),
                files=self.folder / "nodes" / spec.name,
                network=self.network,
                switches=played[spec.name],
                log=self.log,
                faults=self.faults,
                services=given.get(spec.name, {}),
                suffer=partial(self._suffer, spec.name),
            )
            self.nodes[spec.name] = node
            self.network.add(node.database)
        self.network.cut_off = frozenset(spec.address for spec in self.spec.nodes if spec.cut_off)
        self.certificates.mkdir()
        for each in self.spec.clusters:
            start_cluster(each, self.nodes, key_type)
            self.authorities[each.name] = new_certificates(self.certificates, each, key_type)
        self.network.elect()

    async def _open(self) -> None:
        admin = asyncssh.generate_private_key("ssh-ed25519")
        admin.write_private_key(str(self.ssh_key))
        self.ssh_key.chmod(0o600)
        account = (self.username, self.password, admin.convert_to_public())
        modes: tuple[Networking, ...] = ("addresses", "ports") if self.networking == "auto" else (self.networking,)
        self.networking = await self._servers.open(self.nodes, account, modes, self._port)
        listed = [
            Listed(node.spec, *self.address(name), self._servers.host_key(name), *self._servers.other_ports(name))
            for name, node in self.nodes.items()
        ]
        write_inventory(self.inventory, self.spec, listed)

    def _call(self, act: Callable[[], _T]) -> _T:
        async def run() -> _T:
            return act()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()
