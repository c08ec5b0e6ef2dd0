"""The REST API behind Web Admin's port: what a drain and a look at the links need, read-only."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from mmpctl.lab.node import Node

from .links import Links

_BASE = "/api/v1/"
# What the API calls the peers of a Call Bridge, with the services and the links that are meant.
_PEERS = {
    "webBridge": (("webbridge3", "webbridge"), ("c2w", "web bridge")),
    # Asked by UDP, with a secret of its own: no certificate decides.
    "turnServer": (("turn",), ()),
    "recorder": (("recorder",), ("recorder",)),
    "streamer": (("streamer",), ("streamer",)),
}
_Facts = list[tuple[str, str]]


class RestApi:
    """Answers requests to the nodes of a fleet.

    Args:
        nodes: by name.
        links: between their services.
        account: user name and password.
    """

    def __init__(self, nodes: Mapping[str, Node], links: Links, account: tuple[str, str]) -> None:
        self._nodes = nodes
        self._links = links
        self._login = "Basic " + base64.b64encode(":".join(account).encode()).decode()
        self.page = 20
        """How many objects of a list one answer holds."""
        self.alarms: dict[str, list[str]] = {}
        """The alarms that are active, by node."""

    def answer(self, node: str, request: str) -> bytes:
        """Answer one request: its status, its headers and its body.

        Args:
            node: who is asked.
            request: the request's lines up to the empty one.
        """
        first, *headers = request.split("\r\n")
        method, path, _ = (*first.split(), "", "", "")[:3]
        given = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in headers)}
        at = self._nodes[node]
        at.tell("api", f"{method} {path}")
        if given.get("authorization") != self._login:
            return _reply("401 Unauthorized", "", 'WWW-Authenticate: Basic realm="acano"')
        if at.services["callbridge"].running is None:
            return _reply("503 Service Unavailable", "")
        if method != "GET":
            return _reply("405 Method Not Allowed", "")
        where, _, query = path.removeprefix(_BASE).partition("?")
        body = self._body(at, where, parse_qs(query)) if path.startswith(_BASE) else None
        return _reply("404 Not Found", "") if body is None else _reply("200 OK", body)

    def _body(self, node: Node, path: str, query: Mapping[str, list[str]]) -> str | None:
        if path == "system/status":
            calls = node.services["callbridge"].busy
            return _element(
                "status",
                [
                    ("softwareVersion", node.switches.release),
                    ("activated", "true"),
                    ("clusterEnabled", str(len(self._with("callbridge", node)) > 1).lower()),
                    ("callLegsActive", str(calls)),
                ],
            )
        offset = int(query.get("offset", ["0"])[0])
        if path == "system/alarms":
            return self._listed("alarm", [(one, [("type", one)]) for one in self.alarms.get(node.name, [])], offset)
        kind, _, rest = path.partition("/")
        name = kind.removesuffix("s")
        if name == "callBridge":
            members: list[tuple[str, _Facts]] = [(one.name, [("name", one.name)]) for one in self._with(name, node)]
            address = [("address", f"https://{one.address}") for one in self._with(name, node)]
            whole = {_id(name): [*facts, place] for (name, facts), place in zip(members, address, strict=True)}
            return _single(name, rest, whole) if rest else self._listed(name, members, offset)
        return self._peers(node, name, rest, offset) if name in _PEERS and kind != name else None

    def _peers(self, node: Node, name: str, rest: str, offset: int) -> str | None:
        services, kinds = _PEERS[name]
        peers = [one for service in services for one in self._with(service, node)]
        facts = {f"{name} {one.name}": _address(name, one) for one in peers}
        if not rest:
            return self._listed(name, list(facts.items()), offset)
        number, _, what = rest.partition("/")
        if what == "status":
            up = {
                link.server[0]: link.up
                for link in self._links.all()
                if link.kind in kinds and link.client[0] == node.name
            } or {one.name: self._links.reaches(node, one, services) for one in peers}
            words = node.switches.link_words
            told = {f"{name} {one.name}": words[0] if up.get(one.name) else words[1] for one in peers}
            return _single(name, number, {_id(key): [("status", word)] if word else [] for key, word in told.items()})
        return None if what else _single(name, number, {_id(key): one for key, one in facts.items()})

    def _with(self, word: str, node: Node) -> list[Node]:
        return [
            one
            for one in self._nodes.values()
            if one.deployment == node.deployment and word.lower() in one.services and one.services[word.lower()].names
        ]

    def _listed(self, name: str, members: list[tuple[str, _Facts]], offset: int) -> str:
        page = members[offset : offset + self.page]
        inner = "\n".join(_element(name, facts, f' id="{_id(member)}"') for member, facts in page)
        return f'<{name}s total="{len(members)}">\n{inner}\n</{name}s>'


def _address(name: str, node: Node) -> _Facts:
    host = f"{node.name}.example.com"
    if name == "turnServer":
        return [("serverAddress", host), ("type", "cms")]
    if name != "webBridge":
        return [("url", f"https://{host}")]
    if "webbridge3" in node.services:
        return [("url", f"c2w://{host}:{node.services['webbridge3'].ports['c2w']}")]
    return [("url", f"https://{host}:{node.services['webbridge'].ports['']}")]


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def _element(name: str, facts: Iterable[tuple[str, str]], attributes: str = "") -> str:
    inner = "".join(f"<{key}>{escape(value)}</{key}>\n" for key, value in facts)
    return f"<{name}{attributes}>\n{inner}</{name}>"


def _single(name: str, number: str, facts: Mapping[str, Iterable[tuple[str, str]]]) -> str | None:
    return _element(name, facts[number], f' id="{number}"') if number in facts else None


def _reply(status: str, body: str, *headers: str) -> bytes:
    text = f'<?xml version="1.0"?>\n{body}\n' if body else ""
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/xml", f"Content-Length: {len(text.encode())}", *headers]
    return ("\r\n".join([*lines, "Connection: close", "", ""]) + text).encode()
