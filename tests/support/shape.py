"""The shapes of the JSON documents, as the contract writes them."""

from __future__ import annotations

import re
from typing import Any

from mmpctl.device.commands.service import SERVICES

TEXT_OR_NULL = (str, type(None))
NUMBER_OR_NULL = (int, type(None))
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
SERIAL = re.compile(r"[0-9a-f]+")
_SERVICES = "|".join(SERVICES)
USE = re.compile(rf"database (server|client|ca)|({_SERVICES}) .+")
RUN = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")

DATABASE_STATUS = {
    "status": str,
    "started_seconds": NUMBER_OR_NULL,
    "error": TEXT_OR_NULL,
    "nodes": [{"address": str, "me": bool, "state": str}],
    "node_in_use": TEXT_OR_NULL,
    "interface": TEXT_OR_NULL,
    "certificates": dict.fromkeys(
        ("server_key", "server_certificate", "client_key", "client_certificate", "ca_certificate"), TEXT_OR_NULL
    ),
    "expired": [str],
    "last_command": TEXT_OR_NULL,
    "last_result": TEXT_OR_NULL,
}
STATUS = {
    "schema": {1},
    "command": {"status"},
    "clusters": [
        {
            "name": TEXT_OR_NULL,
            "site": TEXT_OR_NULL,
            "master": TEXT_OR_NULL,
            "healthy": bool,
            "nodes": [{"name": str, "reachable": bool, "status": DATABASE_STATUS}],
        }
    ],
}
AUDIT = {
    "schema": {1},
    "command": {"audit"},
    "clusters": [
        {
            "name": TEXT_OR_NULL,
            "site": TEXT_OR_NULL,
            "nodes": [
                {
                    "name": str,
                    "address": str,
                    "role": {"master", "slave", "client", None},
                    "reachable": bool,
                    "error": TEXT_OR_NULL,
                    "certificates": [
                        {
                            "use": USE,
                            "file": str,
                            "subject": str,
                            "issuer": str,
                            "serial": SERIAL,
                            "not_before": TIME,
                            "not_after": TIME,
                            "days_left": int,
                            "severity": {"ok", "due", "expired", "unfit", "unknown"},
                            "findings": [{"id": str, "severity": str, "message": str, "cure": str}],
                        }
                    ],
                }
            ],
            "findings": list,
        }
    ],
    "summary": dict,
}
PLAN = {
    "schema": {1},
    "command": {"plan"},
    "clusters": [
        {
            "name": str,
            "job": {"database", "services"},
            "keeper": str,
            "verdict": {"ready", "nothing to do", "refused"},
            "reasons": [str],
            "steps": [
                {
                    "number": int,
                    "wave": int,
                    "node": str,
                    "action": {"backup", "upload", "remove", "certs", "initialize", "join", "connect", "verify"},
                    "command": str,
                }
            ],
        }
    ],
}
RENEWAL = {
    "schema": {1},
    "command": {"renew", "resume"},
    "run": TEXT_OR_NULL,
    "clusters": [
        {
            "name": str,
            "job": {"database", "services"},
            "keeper": str,
            "code": int,
            "reason": TEXT_OR_NULL,
            "outcome": {"renewed", "nothing to do", "refused", "stopped", "failed", "not started"},
        }
    ],
}


def check(value: Any, shape: Any, at: str = "document") -> None:
    """Fail unless a value has this shape: keys may be added, none may be missing.

    Args:
        value: what came out.
        shape: a dictionary of keys, a list with the shape of each element, a set of values, a pattern, or types.
        at: where in the document.
    """
    if isinstance(shape, dict):
        assert isinstance(value, dict), at
        assert shape.keys() <= value.keys(), f"{at}: {shape.keys() - value.keys()} missing"
        for key, inner in shape.items():
            check(value[key], inner, f"{at}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), at
        for number, element in enumerate(value):
            check(element, shape[0], f"{at}[{number}]")
    elif isinstance(shape, set):
        assert value in shape, f"{at}: {value!r}"
    elif isinstance(shape, re.Pattern):
        assert isinstance(value, str) and shape.fullmatch(value), f"{at}: {value!r}"
    else:
        assert isinstance(value, shape), f"{at}: {value!r}"
