"""Running labs as documents; literal with the document's own type, since a real one would have to be started."""

from __future__ import annotations

from typing import Any

from mmpctl.documents.lab import LabDocument

_PLACE = "/home/ops/.lab/20261123-203107-4711"


def lab() -> Any:
    """A lab that was left running."""
    found: LabDocument = {
        "schema": 1,
        "command": "lab up",
        "pid": 4711,
        "inventory": f"{_PLACE}/inventory",
        "known_hosts": f"{_PLACE}/known_hosts",
        "username": "admin",
        "password": "of the lab",
        "ssh_key": f"{_PLACE}/key",
        "certificates": f"{_PLACE}/certificates",
        "service_certificates": None,
        "networking": "loopback",
        "ends_at": "2026-11-23T21:31:07Z",
        "environment": ["export MMP_USERNAME=admin", f"export MMP_INVENTORY={_PLACE}/inventory"],
        "try": [
            "mmpctl audit",
            f"mmpctl plan --cluster lon-prod --certs {_PLACE}/certificates --keeper lon-prod=lon-1",
        ],
    }
    return found
