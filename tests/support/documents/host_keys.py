"""Host keys as documents."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from mmpctl.device.ssh.host_key import HostKey, Trust
from mmpctl.inventory.nodes import Node
from mmpctl.runbooks.trust import HostTrust, TrustReport, document

_KEY = HostKey("ssh-ed25519", base64.b64encode(b"\x00\x00\x00\x0bssh-ed25519 of a test").decode())


def trust() -> Any:
    """Four hosts: one is known, one new, one has changed, and one did not answer."""
    return document(
        TrustReport(
            Path("inventory/known_hosts"),
            (
                HostTrust(_node("lon-1"), _KEY, Trust.KNOWN, None),
                HostTrust(_node("lon-2"), _KEY, Trust.NEW, None),
                HostTrust(_node("lon-3"), _KEY, Trust.CHANGED, None, recorded=("SHA256:old",)),
                HostTrust(_node("lon-4"), None, Trust.UNREACHABLE, "the name is unknown"),
            ),
        )
    )


def _node(name: str) -> Node:
    return Node(name, "lon-1.example.com", 22, None, None, None, "lon-1.example.com")
