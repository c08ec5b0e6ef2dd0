"""The REST API behind Web Admin's port: what a drain and a look at the links need, read-only."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

from mmpctl.lab.node import Node

from .links import Links

_BASE = "/api/v1/"


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
        body = self._body(at, path.removeprefix(_BASE).partition("?")[0]) if path.startswith(_BASE) else None
        return _reply("404 Not Found", "") if body is None else _reply("200 OK", body)

    def _body(self, node: Node, path: str) -> str | None:
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
        if path == "system/alarms":
            return '<alarms total="0"></alarms>'
        kind, _, rest = path.partition("/")
        if kind == "callBridges":
            members = [(one.name, [("name", one.name)]) for one in self._with("callbridge", node)]
            address = [("address", f"https://{one.address}") for one in self._with("callbridge", node)]
            whole = {_id(name): [*facts, place] for (name, facts), place in zip(members, address, strict=True)}
            return _listed("callBridge", members) if not rest else _single("callBridge", rest, whole)
        if kind == "webBridges":
            return self._web_bridges(node, rest)
        return None

    def _web_bridges(self, node: Node, rest: str) -> str | None:
        bridges = [*self._with("webbridge3", node), *self._with("webbridge", node)]
        urls = {one.name: [("url", _url(one))] for one in bridges}
        if not rest:
            return _listed("webBridge", list(urls.items()))
        number, _, what = rest.partition("/")
        if what == "status":
            up = {
                link.server[0]: link.up
                for link in self._links.all()
                if link.kind in ("c2w", "web bridge") and link.client[0] == node.name
            }
            states = {_id(name): [("status", "success" if up.get(name) else "connectionFailure")] for name in urls}
            return _single("webBridge", number, states)
        return None if what else _single("webBridge", number, {_id(name): facts for name, facts in urls.items()})

    def _with(self, word: str, node: Node) -> list[Node]:
        return [
            one
            for one in self._nodes.values()
            if one.deployment == node.deployment and word in one.services and one.services[word].names
        ]


def _url(node: Node) -> str:
    if "webbridge3" in node.services:
        return f"c2w://{node.name}.example.com:{node.services['webbridge3'].ports['c2w']}"
    return f"https://{node.name}.example.com:{node.services['webbridge'].ports['']}"


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def _element(name: str, facts: Iterable[tuple[str, str]], attributes: str = "") -> str:
    inner = "".join(f"<{key}>{escape(value)}</{key}>\n" for key, value in facts)
    return f"<{name}{attributes}>\n{inner}</{name}>"


def _single(name: str, number: str, facts: Mapping[str, Iterable[tuple[str, str]]]) -> str | None:
    return _element(name, facts[number], f' id="{number}"') if number in facts else None


def _listed(name: str, members: list[tuple[str, list[tuple[str, str]]]]) -> str:
    inner = "\n".join(_element(name, facts, f' id="{_id(member)}"') for member, facts in members)
    return f'<{name}s total="{len(members)}">\n{inner}\n</{name}s>'


def _reply(status: str, body: str, *headers: str) -> bytes:
    text = f'<?xml version="1.0"?>\n{body}\n' if body else ""
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/xml", f"Content-Length: {len(text.encode())}", *headers]
    return ("\r\n".join([*lines, "Connection: close", "", ""]) + text).encode()
