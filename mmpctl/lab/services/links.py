"""Which services talk to which, and whether they do: a real TLS handshake with what both run on."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mmpctl.lab.cluster.handshake import shake
from mmpctl.lab.cluster.network import Network
from mmpctl.lab.node import Node
from mmpctl.lab.switches import Switches

from .form import Pair
from .service import Service
from .tls_context import TlsContexts


@dataclass(frozen=True, slots=True)
class End:
    """One end of a link.

    Args:
        service: its word.
        pair: what it presents.
        store: the slot of the store that it holds the other end's certificate against; empty: it takes any.
        needs_store: without a store it takes nobody, instead of any.
    """

    service: str
    pair: str = ""
    store: str = ""
    needs_store: bool = True


@dataclass(frozen=True, slots=True)
class LinkKind:
    """A link as the documents have it.

    Args:
        name: what it is called here.
        client: who connects.
        server: who is connected to.
        is_named: the client wants the server's host in its certificate.
        between_nodes: no node has such a link to itself.
    """

    name: str
    client: End
    server: End
    is_named: bool = False
    between_nodes: bool = False


_CLUSTER = End("callbridge", store="cluster trust", needs_store=False)
_XMPP = End("xmpp", store="cluster trust")
_WEB_BRIDGE = End("webbridge3", "c2w", "c2w trust")
KINDS = (
    LinkKind("c2w", End("callbridge", store="c2w trust"), _WEB_BRIDGE, is_named=True),
    LinkKind("scheduler", End("scheduler", "c2w", "c2w trust"), _WEB_BRIDGE, is_named=True),
    LinkKind("cluster", _CLUSTER, End("webadmin"), between_nodes=True),
    LinkKind("recorder", End("callbridge"), End("recorder", "sip", "sip bundle", needs_store=False)),
    LinkKind("streamer", End("callbridge"), End("streamer", "sip", "sip bundle", needs_store=False)),
    LinkKind("uploader", End("uploader", store="cms trust"), End("webadmin")),
    LinkKind("web bridge", End("callbridge"), End("webbridge", store="trust")),
    LinkKind("recorder", End("callbridge"), End("recorder", store="trust")),
    LinkKind("streamer", End("callbridge"), End("streamer", store="trust")),
    LinkKind("h323", End("h323_gateway", store="bundle"), End("callbridge")),
    LinkKind("xmpp cluster", _XMPP, _XMPP, between_nodes=True),
)
# The other reading of the documents: the peers of a Call Bridge cluster show each other the Call Bridge's certificate.
_PEERS = LinkKind("cluster", _CLUSTER, _CLUSTER, between_nodes=True)


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a fleet at one moment.

    Args:
        kind: what it is called here.
        client: node and service that connect.
        server: node and service that are connected to.
        trouble: why it is down; empty while it is up.
    """

    kind: str
    client: tuple[str, str]
    server: tuple[str, str]
    trouble: str

    @property
    def up(self) -> bool:
        """Whether both ends talk."""
        return not self.trouble


class Links:
    """The links of a fleet.

    Args:
        nodes: by name.
        network: that keeps nodes apart.
        contexts: of the fleet.
    """

    def __init__(self, nodes: Mapping[str, Node], network: Network, contexts: TlsContexts) -> None:
        self._nodes = nodes
        self._network = network
        self._contexts = contexts

    def all(self) -> list[Link]:
        """Each link that is configured, up or down; decided now."""
        return list(self._all())

    def down(self) -> list[Link]:
        """The links that do not work now."""
        return [link for link in self._all() if not link.up]

    def reaches(self, client: Node, server: Node, services: Iterable[str]) -> bool:
        """Whether a node gets to one of another node's services that runs, whatever certificates there are."""
        running = any((one := server.services.get(word)) is not None and one.running is not None for word in services)
        return running and not self._network.cut_off & {client.address, server.address}

    def _all(self) -> Iterator[Link]:
        for client in self._nodes.values():
            for server in self._nodes.values():
                if client.deployment and client.deployment == server.deployment:
                    for kind in KINDS:
                        yield from self._between(client, server, self._read(kind, server.switches))

    def _read(self, kind: LinkKind, switches: Switches) -> LinkKind:
        return _PEERS if kind.name == "cluster" and switches.cluster_link == "callbridge" else kind

    def _between(self, client: Node, server: Node, kind: LinkKind) -> Iterator[Link]:
        ends = (_at(client, kind.client), _at(server, kind.server))
        is_peer = kind.name != "cluster" or _at(server, _CLUSTER) is not None
        if ends[0] is None or ends[1] is None or not is_peer or (kind.between_nodes and client is server):
            return
        trouble = self._trouble(kind, (client, ends[0]), (server, ends[1]))
        yield Link(kind.name, (client.name, kind.client.service), (server.name, kind.server.service), trouble)

    def _trouble(self, kind: LinkKind, client: tuple[Node, Service], server: tuple[Node, Service]) -> str:
        for node, service in (client, server):
            if service.running is None:
                return f"{service.form.word} of {node.name} is off"
        if self._network.cut_off & {client[0].address, server[0].address}:
            return "no way between them"
        asking, answering = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            asking.check_hostname = False
            self._prepare(asking, kind.client, *client)
            self._prepare(answering, kind.server, *server)
            asking.check_hostname = kind.is_named and asking.verify_mode is ssl.CERT_REQUIRED
            shake(asking, answering, f"{server[0].name}.example.com" if asking.check_hostname else None)
        except (ssl.SSLError, ValueError) as error:
            return str(error)
        return ""

    def _prepare(self, context: ssl.SSLContext, end: End, node: Node, service: Service) -> None:
        running = service.running or {}
        pair = next((pair for pair in service.form.pairs if pair.name == end.pair), Pair())
        if service.form.pairs:
            self._contexts.present(context, pair, running)
        store = running.get(end.store) if end.store else None
        if store is not None:
            self._contexts.trust(context, store, listed=service.form.listed, switches=node.switches)
        elif end.store and end.needs_store:
            raise ValueError(f"{service.form.word} of {node.name} trusts nobody: {end.store} is not set")
        else:
            context.verify_mode = ssl.CERT_NONE


def _at(node: Node, end: End) -> Service | None:
    """The service of a node that is this end; None where it was never set up, or its release has another form."""
    service = node.services.get(end.service)
    if service is None or not service.names:
        return None
    pairs = [pair.name for pair in service.form.pairs]
    return service if end.pair in pairs or not pairs else None
