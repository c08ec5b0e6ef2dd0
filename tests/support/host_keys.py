"""Host keys as `trust` reports them, and a node that has another one."""

from __future__ import annotations

from mmpctl.lab.fault import Fault

IMPOSTOR = Fault("lon-2", "connect", "wrong-host-key", count=0)


def states(document: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    """How `trust` found the key of each host."""
    return {host["name"]: host["state"] for host in document["hosts"]}
