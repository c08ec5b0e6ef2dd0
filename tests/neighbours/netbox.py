"""NetBox's answers as its REST API documents them, served on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mmpctl.inventory.nodes import Node

TOKEN = "0123456789abcdef0123456789abcdef01234567"
DEVICES = "/api/dcim/devices/"
MACHINES = "/api/virtualization/virtual-machines/"
# So that answers have several pages.
_PAGE = 2


class NetBox:
    """A NetBox that knows some nodes, the first of them as devices and the last two as virtual machines.

    Args:
        nodes: as our inventory has them.
        fields: custom fields of all nodes; by default what `cluster`, `role` and `db_address` of each node are.
    """

    def __init__(self, nodes: Iterable[Node], fields: Mapping[str, Any] | None = None) -> None:
        every = list(nodes)
        at = max(len(every) - 2, 1)
        numbered = list(enumerate(every, start=1))
        answers = {
            DEVICES: [_device(number, node, fields) for number, node in numbered[:at]],
            MACHINES: [_machine(number, node, fields) for number, node in numbered[at:]],
        }
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                parts = urlsplit(self.path)
                if self.headers.get("Authorization") != f"Token {TOKEN}":
                    self._say(403, {"detail": "Invalid token"})
                elif parts.path not in answers:
                    self._say(404, {"detail": "Not found."})
                else:
                    query = parse_qs(parts.query)
                    slugs = query.get("platform", [])
                    found = [one for one in answers[parts.path] if not slugs or one["platform"]["slug"] in slugs]
                    start = int(query.get("offset", ["0"])[0])
                    more = f"{parts.path}?limit={_PAGE}&offset={start + _PAGE}"
                    url = f"http://127.0.0.1:{self.server.server_port}{more}"  # type: ignore[attr-defined]
                    self._say(
                        200,
                        {
                            "count": len(found),
                            "next": url if start + _PAGE < len(found) else None,
                            "previous": None,
                            "results": found[start : start + _PAGE],
                        },
                    )

            def _say(self, status: int, document: object) -> None:
                content = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.asked = asked
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where it is served."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> NetBox:  # noqa: PYI034  # Self is not in Python 3.10
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


def _brief(number: int, name: str, kind: str, slug: str | None = None) -> dict[str, Any]:
    slug = slug or name.lower()
    return {
        "id": number,
        "url": f"http://netbox.example.com/api/{kind}/{number}/",
        "display": name,
        "name": name,
        "slug": slug,
        "description": "",
    }


def _common(number: int, node: Node, fields: Mapping[str, Any] | None) -> dict[str, Any]:
    address = {
        "id": number,
        "url": f"http://netbox.example.com/api/ipam/ip-addresses/{number}/",
        "display": f"{node.hostname}/24",
        "family": {"value": 4, "label": "IPv4"},
        "address": f"{node.hostname}/24",
        "description": "",
    }
    own = {"cluster": node.cluster, "role": node.role.value if node.role else None, "db_address": node.db_address}
    return {
        "id": number,
        "display": node.name,
        "name": node.name,
        "tenant": None,
        "platform": _brief(3, "Cisco CMS", "dcim/platforms", "cisco_cms"),
        "serial": "",
        "site": _brief(2, (node.site or "").capitalize(), "dcim/sites"),
        "status": {"value": "active", "label": "Active"},
        "primary_ip": address,
        "primary_ip4": address,
        "primary_ip6": None,
        "description": "",
        "comments": "",
        "config_template": None,
        "config_context": {"ntp": {"servers": ["10.20.0.1"]}},
        "local_context_data": None,
        "tags": [_brief(9, "video", "extras/tags")],
        "custom_fields": dict(fields) if fields is not None else own,
        "created": "2026-01-31T10:00:00Z",
        "last_updated": "2026-01-31T10:00:00Z",
    }


def _device(number: int, node: Node, fields: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        **_common(number, node, fields),
        "url": f"http://netbox.example.com/api/dcim/devices/{number}/",
        "device_type": {
            "id": 1,
            "display": "CMS 2000",
            "manufacturer": _brief(1, "Cisco", "dcim/manufacturers"),
            "model": "CMS 2000",
            "slug": "cms-2000",
            "description": "",
        },
        "role": _brief(4, "Meeting server", "dcim/device-roles", "meeting-server"),
        "asset_tag": None,
        "location": None,
        "rack": None,
        "position": None,
        "face": None,
        "parent_device": None,
        "airflow": None,
        "oob_ip": None,
        "cluster": None,
        "virtual_chassis": None,
        "vc_position": None,
        "vc_priority": None,
    }


def _machine(number: int, node: Node, fields: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        **_common(number, node, fields),
        "url": f"http://netbox.example.com/api/virtualization/virtual-machines/{number}/",
        "role": _brief(4, "Meeting server", "dcim/device-roles", "meeting-server"),
        # The cluster of hypervisors that it runs on, which is not ours.
        "cluster": {"id": 7, "url": "http://netbox.example.com/api/virtualization/clusters/7/", "name": "esx-london"},
        "device": None,
        "vcpus": 8.0,
        "memory": 16384,
        "disk": 100,
    }
