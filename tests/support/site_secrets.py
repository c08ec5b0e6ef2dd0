"""What must not leave a site, and the commands with which a desk could get hold of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmpctl.lab.fleet import Fleet

# The lab's services show it as the password of their TURN server.
TURN_SECRET = "Example.123"
COMMANDS = {
    "audit": ("audit", "--thorough", "--probe", "--backup-days", "1"),
    "status": ("status",),
    "backup": ("backup", "--host", "osl-edge"),
    "plan": ("plan", "--cluster", "osl-prod"),
    "runs": ("runs", "latest"),
    "engine check": ("engine", "check"),
    "renew": ("renew", "--cluster", "osl-prod", "--yes"),
}
# Those about nodes are told which.
OF_NODES = ("audit", "status", "backup")


def secrets(fleet: Fleet) -> Iterator[str]:
    """All that must not leave a site: passwords, and each line of each private key."""
    yield from (fleet.password, TURN_SECRET, "PRIVATE KEY")
    keys = [key for node in fleet.nodes.values() for key in node.files.glob("*.key")]
    for key in (*keys, *fleet.certificates.rglob("*.key")):
        yield from re.findall(r"^[A-Za-z0-9+/=]{20,}$", key.read_text(), re.MULTILINE)
