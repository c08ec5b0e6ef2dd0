"""A cluster whose inventory and whose nodes do not agree on the keeper."""

from __future__ import annotations

from mmpctl.lab.fleet import Fleet
from tests.support.lab import Lab


def contradicting(lab: Lab) -> Fleet:
    """lon-1 is the inventory's master; by the last commands, lon-2 was the one that the others joined."""
    fleet = lab("expired", sync_seconds=0.0)
    there = fleet.nodes["lon-2"].database.address
    fleet.nodes["lon-2"].database.last_command = ("database cluster initialize", True)
    for name in ("lon-1", "lon-3"):
        fleet.nodes[name].database.last_command = (f"database cluster join {there}", True)
    return fleet
