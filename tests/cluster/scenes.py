"""Moments of a run at which a permit is asked for, with all that it needs; tests change one thing at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from mmpctl.cluster.backups import Backup, BackupFile
from mmpctl.cluster.guards import Guards
from mmpctl.cluster.key_proof import KeySeen
from mmpctl.cluster.permit import Identity, Permit
from mmpctl.errors import RefusedError
from tests.cluster.cases import make_cluster, make_goal, make_history

NAMES = ["lon-1", "lon-2", "lon-3", "lon-4"]
ALL = "lon-1 master, lon-2 slave, lon-3 slave"
TOGETHER = {
    "lon-1": f"master | Enabled | {ALL}",
    "lon-2": f"slave | Enabled | {ALL}",
    "lon-3": f"slave | Enabled | {ALL}",
    "lon-4": f"client | Enabled | {ALL}",
}
APART = {
    "lon-1": "master | Disabled",
    "lon-2": "slave | Disabled",
    "lon-3": "slave | Disabled",
    "lon-4": "client | Disabled",
}
LEFT = {**APART, "lon-1": "master | Enabled | lon-1 lagging, lon-2 gone, lon-3 gone"}
KEEPER_UP = {**APART, "lon-1": "master | Enabled | lon-1 master"}
READY = ["backup *", "upload *"]
TAKEN_APART = [*READY, "remove *"]
CERTIFIED = [*TAKEN_APART, "backup lon-1 again", "certs *"]


def backup(node: str, again: bool = False, **changes: Any) -> Backup:
    """A backup that is at home, but for the changes."""
    name = "pre-run-again.bak" if again else "pre-run.bak"
    return Backup(node, (replace(BackupFile(name, f"backups/{node}/{name}", 100, "a" * 64, True), **changes),))


@dataclass(frozen=True)
class Scene:
    """A moment of a run at which one permit is asked for; by default all that a permit needs is there."""

    permit: str
    node: str
    nodes: Mapping[str, str]
    settled: list[str]
    intended: list[str] = field(default_factory=list)
    keeper: str | None = "lon-1"
    goal: Mapping[str, Any] = field(default_factory=dict)
    aliases: Mapping[str, list[str]] = field(default_factory=dict)
    backups: Mapping[str, Backup | None] = field(default_factory=dict)
    keeper_backup: Backup | None = field(default_factory=lambda: backup("lon-1", again=True))
    strangers: frozenset[str] = frozenset()
    keys: Mapping[str, Mapping[str, KeySeen]] = field(default_factory=dict)

    def ask(self) -> Permit:
        """Ask the guards for the permit."""
        cluster = make_cluster(dict(self.nodes), dict(self.aliases)).with_keys(self.keys)
        backups = {**{name: backup(name) for name in NAMES}, **self.backups}
        guards = Guards(
            goal=make_goal(cluster, **dict(self.goal)),
            identities={node.name: Identity.of(node) for node in cluster.nodes if node.name not in self.strangers},
            backups={name: given for name, given in backups.items() if given is not None},
            keeper_backup=self.keeper_backup,
            history=make_history(NAMES, self.settled, self.intended, self.keeper),
        )
        permit = getattr(guards, self.permit)(self.node, cluster)
        assert isinstance(permit, Permit)
        return permit

    def but(self, node: str, line: str) -> Scene:
        """The same scene with one node changed."""
        return replace(self, nodes={**self.nodes, node: line})


REMOVE_SLAVE = Scene("remove", "lon-2", TOGETHER, READY)
REMOVE_CLIENT = replace(REMOVE_SLAVE, node="lon-4")
REMOVE_KEEPER = Scene("remove", "lon-1", LEFT, [*READY, "remove lon-2", "remove lon-3", "remove lon-4"])
CERTS = Scene("certs", "lon-2", APART, [*TAKEN_APART, "backup lon-1 again"])
CERTS_CLIENT = replace(CERTS, node="lon-4")
INITIALIZE = Scene("initialize", "lon-1", APART, CERTIFIED)
JOIN = Scene("join", "lon-2", KEEPER_UP, [*CERTIFIED, "initialize lon-1"])
CONNECT = replace(JOIN, permit="connect", node="lon-4")


def refused(scene: Scene, node: str, told: str, code: str = "guard") -> None:
    """The guards refuse, and say so about that node."""
    with pytest.raises(RefusedError) as caught:
        scene.ask()
    assert (caught.value.message, caught.value.code, caught.value.node) == (told, code, node)
