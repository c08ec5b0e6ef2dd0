"""The devices of two clusters, and what happens to them by itself or by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from tests.cluster.schedules.device import (
    CLIENT_PLACES,
    CONNECT,
    DATABASE_PLACES,
    INITIALIZE,
    JOIN,
    REMOVE,
    Device,
    Group,
    digest_of,
)

TALKING, ISOLATED, HIDDEN, APART = "talking", "isolated", "hidden", "apart"
STATES = (TALKING, ISOLATED, HIDDEN, APART)
OLD_NAMES = ("s.key", "s.cer", "c.key", "c.cer", "ca.cer")


@dataclass(frozen=True)
class Shape:
    """A cluster as it is before anybody touches it.

    Args:
        name: in the inventory; its nodes are `<name>-1`, `<name>-2`, …
        slaves: how many.
        clients: how many.
        state: its nodes talk to each other; or have expired and see only themselves, or hide that they are in a
            cluster; or have left it.
        master: number of the node that is master; the inventory says 1.
        new_words: the nodes say primary and replica.
    """

    name: str
    slaves: int = 2
    clients: int = 0
    state: str = TALKING
    master: int = 1
    new_words: bool = False

    @property
    def nodes(self) -> dict[str, str]:
        """Names and roles, as the inventory has them."""
        roles = ["master", *["slave"] * self.slaves, *["client"] * self.clients]
        return {f"{self.name}-{number}": role for number, role in enumerate(roles, 1)}


@dataclass
class Network:
    """All devices.

    Args:
        devices: by inventory name.
    """

    devices: dict[str, Device] = field(default_factory=dict)
    by_address: dict[str, Device] = field(default_factory=dict)
    _rows: count[int] = field(default_factory=lambda: count(1))

    def build(self, shape: Shape, number: int, files: dict[str, bytes]) -> None:
        """Add a cluster.

        Args:
            shape: what it is like.
            number: makes its addresses.
            files: the five files in use, by the names of `OLD_NAMES`.
        """
        group = Group([], talks=shape.state == TALKING, shows_disabled=shape.state == HIDDEN)
        common = frozenset(next(self._rows) for _ in range(3))
        for place, (name, role) in enumerate(shape.nodes.items(), 1):
            has_database = role != "client"
            places = DATABASE_PLACES if has_database else CLIENT_PLACES
            names = OLD_NAMES[-len(places) :]
            device = Device(
                name,
                shape.name,
                f"10.{number}.0.{place}",
                has_database,
                common if has_database else frozenset(),
                {**{one: files[one] for one in names}, "live.json": b"{}"},
                dict(zip(places, names, strict=True)),
                {one: digest_of(files[one]) for one in names},
                expired=shape.state in (ISOLATED, HIDDEN),
                new_words=shape.new_words,
                peers=self.by_address,
            )
            if shape.state == APART:
                device.last = ("database cluster remove", "Success")
            else:
                device.group = group
                if has_database:
                    group.known.append(device.address)
                if place == shape.master:
                    group.master = device
            self.devices[name] = self.by_address[device.address] = device
        if shape.state != TALKING:
            # Its last changes reached nobody else.
            master = self.devices[f"{shape.name}-{shape.master}"]
            master.rows |= {next(self._rows)}

    def tick(self, now: float) -> None:
        """Let end what has lasted long enough."""
        for device in self.devices.values():
            device.tick(now, self.target(device.operation.command if device.operation else ""))

    def target(self, command: str) -> Device | None:
        """The node that a join or connect names."""
        return self.by_address.get(command.rsplit(maxsplit=1)[-1]) if command else None

    def members(self, cluster: str) -> list[Device]:
        """The nodes of one cluster."""
        return [device for device in self.devices.values() if device.cluster == cluster]

    def write(self, device: Device) -> None:
        """The Call Bridge of a node changes something."""
        where = device
        group = device.group
        if group is not None:
            if group.master is None or not device.connected(group.master):
                return
            where = group.master
        if not where.has_database or where.operation is not None or not where.up:
            return
        where.rows |= {next(self._rows)}
        for other in self.devices.values():
            if other is not where and other.has_database and other.group is not None and other.group is where.group:
                other.in_sync = other.in_sync and other.connected(where)
                other.rows = where.rows if other.in_sync else other.rows

    def synchronise(self) -> None:
        """Every slave that reaches its master copies it."""
        for device in self.devices.values():
            group = device.group
            if device.has_database and group is not None and group.master not in (None, device):
                assert group.master is not None
                if device.connected(group.master) and device.operation is None:
                    device.rows, device.in_sync = group.master.rows, True

    def fail_over(self, cluster: str, number: int) -> bool:
        """The master restarts; a slave that is in sync, and sees more than half of the databases, becomes master."""
        members = [device for device in self.members(cluster) if device.has_database]
        master = next((one.group.master for one in members if one.group and one.group.master), None)
        if master is None or master.group is None:
            return False
        slaves = [one for one in members if one is not master and one.in_sync and one.connected(master)]
        if 2 * len(slaves) <= len(master.group.known):
            return False
        master.reboot()
        master.group.master = slaves[number % len(slaves)]
        return True

    def by_hand(self, device: Device, kind: str, target: Device, now: float) -> bool:
        """Somebody types a command, and confirms it."""
        kinds = {REMOVE: "remove", INITIALIZE: "initialize", JOIN: f"join {target.address}"}
        if not device.up or device.question(kind).startswith("ERROR") or kind == CONNECT:
            return False
        device.begin(kind, f"database cluster {kinds[kind]}", now, target if kind == JOIN else None)
        return True

    def not_renewed(self, cluster: str, keeper: str, new: Mapping[str, frozenset[str]]) -> list[str]:
        """What is not as a renewed cluster must be.

        Args:
            cluster: its name.
            keeper: the node whose database survives.
            new: SHA-256 of the new files, by node that takes part.
        """
        master = self.devices[keeper]
        wrong = []
        for device in self.members(cluster):
            if device.name not in new:
                continue
            if device.group is None or device.group is not master.group or device.group.master is not master:
                wrong.append(f"{device.name} is not in the cluster of {keeper}")
            if device.has_database and device.rows != master.rows:
                wrong.append(f"{device.name} holds {sorted(device.rows)}, {keeper} {sorted(master.rows)}")
            if not set(device.copies.values()) <= new[device.name]:
                wrong.append(f"{device.name} works with {device.configured}")
            if device.operation or not device.up:
                wrong.append(f"{device.name} is not at rest")
        return wrong


def rows_of(content: bytes) -> frozenset[int]:
    """The rows in a backup."""
    return frozenset(json.loads(content))
