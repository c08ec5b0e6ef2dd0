"""The guards: what must hold right before a dangerous command. No option switches them off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from mmpctl.cluster.backups import Backup
from mmpctl.cluster.keeper import emptied
from mmpctl.cluster.key_proof import unproved
from mmpctl.cluster.marks import Alone
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.permit import (
    SEAL,
    CertsPermit,
    ConnectPermit,
    Identity,
    InitializePermit,
    JoinPermit,
    RemovePermit,
)
from mmpctl.cluster.plan import has_left
from mmpctl.cluster.progress import History
from mmpctl.cluster.status import DISABLED
from mmpctl.cluster.step_kinds import ActionName
from mmpctl.cluster.target import Goal
from mmpctl.cluster.trouble import SILENT
from mmpctl.errors import RefusedError

# Code of a refusal: the keeper calls itself by the address of another node.
SWAPPED = "swapped"


@dataclass(frozen=True, slots=True)
class Guards:
    """The guards of one cluster in one run.

    Args:
        goal: what the run wants; names the keeper.
        identities: what each node proved itself with when the plan was made, by inventory name.
        backups: the verified backups that are on this machine, by inventory name.
        keeper_backup: the keeper's second backup, taken after the cluster was opened.
        history: what the run's journal says was done.
        alone: what may lie on each node without being the sign of somebody else at work, by inventory name.
    """

    goal: Goal
    identities: Mapping[str, Identity]
    backups: Mapping[str, Backup]
    keeper_backup: Backup | None
    history: History
    alone: Mapping[str, Alone] = field(default_factory=dict)

    def remove(self, name: str, now: ObservedCluster) -> RemovePermit:
        """Permit a remove: backups are at home, keys on nodes are proved, no other master is shown, the keeper is last.

        Args:
            name: inventory name of the node.
            now: the cluster as it is seen now.

        Raises:
            RefusedError: a condition does not hold.
        """
        node = self._node(name, now)
        for other in self._participants(now):
            self._needs_backup(other.name)
            self._needs_its_keys(other.name, now)
        self._no_other_master(name, now)
        self._keeper_is_not_emptied(name, now)
        if name == self.goal.keeper:
            for other in self._participants(now):
                if other.role.has_database and other.name != name and not has_left(other, self.history):
                    self._refuse(name, f"{other.name} has not left the cluster yet ({_state(other)})")
        if has_left(node, self.history):
            who = (
                ""
                if self.history.has(ActionName.REMOVE, name)
                else ", and not because of this run: somebody else is working on it"
            )
            self._refuse(name, f"it has left its cluster already{who}")
        if self.history.has(ActionName.REMOVE, name) and self.history.has(ActionName.INITIALIZE, self.goal.keeper):
            self._refuse(
                name,
                "this run has removed it and made the new cluster, and now it is in that cluster: somebody joined it",
            )
        return RemovePermit(name, (), self.identities[name], self._alone(name), seal=SEAL)

    def certs(self, name: str, now: ObservedCluster) -> CertsPermit:
        """Permit `certs`: the node has left its cluster, the files on it were verified, and its keys are proved.

        Args:
            name: inventory name of the node.
            now: the cluster as it is seen now.

        Raises:
            RefusedError: a condition does not hold.
        """
        node = self._node(name, now)
        self._must_be(node, DISABLED)
        if not self.history.has(ActionName.UPLOAD, name):
            self._refuse(name, "the new files were not verified on the node")
        self._needs_its_keys(name, now)
        wanted = self.goal.wanted[name].names
        return CertsPermit(name, wanted, self.identities[name], self._alone(name), seal=SEAL)

    def initialize(self, name: str, now: ObservedCluster) -> InitializePermit:
        """Permit initialize: only on the keeper, once in a run, while no other database of the cluster is up.

        Args:
            name: inventory name of the node.
            now: the cluster as it is seen now.

        Raises:
            RefusedError: a condition does not hold.
        """
        node = self._node(name, now)
        if name != self.goal.keeper:
            self._refuse(name, f"only the keeper {self.goal.keeper} may be initialized")
        if self.history.has(ActionName.INITIALIZE, name) or self.history.was_intended(ActionName.INITIALIZE, name):
            self._refuse(name, "an initialize was sent in this run before")
        for other in self._participants(now):
            if other.role.has_database:
                self._must_be(other, DISABLED)
        if not self.history.has(ActionName.CERTS, name):
            self._refuse(name, "the keeper does not have its new certificates yet")
        self._needs_backup(name)
        if not (_is_at_home(self.keeper_backup, name) and self.history.has(ActionName.BACKUP, name, again=True)):
            self._refuse(name, "the keeper's second backup is not on this machine")
        self._must_be(node, DISABLED)
        self._keeper_is_not_emptied(name, now)
        return InitializePermit(name, (), self.identities[name], self._alone(name), seal=SEAL)

    def join(self, name: str, now: ObservedCluster) -> JoinPermit:
        """Permit a join: never of the keeper, only to the keeper's own address, seen now as the only master.

        Args:
            name: inventory name of the node.
            now: the cluster as it is seen now.

        Raises:
            RefusedError: a condition does not hold.
        """
        node = self._node(name, now)
        if name == self.goal.keeper:
            self._refuse(name, "the keeper never joins: its database is the one to keep")
        if not node.role.has_database:
            self._refuse(name, "a client node has no database to join with")
        address = self._keeper_is_up(name, now)
        self._must_be(node, DISABLED)
        self._needs_backup(name)
        self._needs_backup(self.goal.keeper)
        if not self.history.has(ActionName.CERTS, name):
            self._refuse(name, "the node does not have its new certificates yet")
        return JoinPermit(name, (address,), self.identities[name], self._alone(name), seal=SEAL)

    def connect(self, name: str, now: ObservedCluster) -> ConnectPermit:
        """Permit connecting a client node to the keeper, seen now as the only master.

        Args:
            name: inventory name of the node.
            now: the cluster as it is seen now.

        Raises:
            RefusedError: a condition does not hold.
        """
        node = self._node(name, now)
        if node.role.has_database:
            self._refuse(name, "only a client node is connected")
        address = self._keeper_is_up(name, now)
        self._must_be(node, DISABLED)
        if not self.history.has(ActionName.CERTS, name):
            self._refuse(name, "the node does not have its new certificates yet")
        return ConnectPermit(name, (address,), self.identities[name], self._alone(name), seal=SEAL)

    def _alone(self, name: str) -> Alone:
        return self.alone.get(name, Alone())

    def _participants(self, now: ObservedCluster) -> tuple[ObservedNode, ...]:
        return tuple(node for node in now.nodes if node.name not in self.goal.left_out)

    def _node(self, name: str, now: ObservedCluster) -> ObservedNode:
        if name in self.goal.left_out or name not in self.identities:
            self._refuse(name, "the node takes no part in this run")
        if self.history.keeper != self.goal.keeper:
            self._refuse(name, "the run's journal does not name the keeper")
        node = now.node(name)
        if node.status is None:
            code = "not-reachable" if node.trouble == SILENT else "guard"
            self._refuse(name, f"the node {_state(node)}", code=code)
        if not node.settled:
            self._refuse(name, f"an operation is running ({node.status.status})")
        self._shows_no_alarm(name, node)
        return node

    def _shows_no_alarm(self, name: str, node: ObservedNode) -> None:
        # Other lines that nobody knows are noted; these may say that what is known of the node is not true.
        for line in node.status.alarming if node.status else ():
            self._refuse(name, f"{node.name}'s status shows a line that is not known and may report a fault: {line!r}")

    def _no_other_master(self, name: str, now: ObservedCluster) -> None:
        # The master may have moved since the plan was made: what it was given since would be lost.
        for node in self._participants(now):
            for address in node.status.masters if node.status else ():
                owner = now.owner(address)
                if owner is None or owner.name != self.goal.keeper:
                    master = owner.name if owner else address
                    self._refuse(
                        name,
                        f"{node.name} shows {master} as master, the keeper is {self.goal.keeper}: the master "
                        "has changed, or somebody has made another one. Find out which database is the "
                        "newest; then close this run (`mmpctl runs --close`) and start a new one",
                    )

    def _keeper_is_not_emptied(self, name: str, now: ObservedCluster) -> None:
        # Somebody may have typed a join there since the plan: the others may hold the only copies of the data.
        for why in emptied(now, now.node(self.goal.keeper)):
            self._refuse(name, why)

    def _keeper_is_up(self, name: str, now: ObservedCluster) -> str:
        keeper = now.node(self.goal.keeper)
        status = keeper.status
        self._shows_no_alarm(name, keeper)
        own = now.own_line(keeper)
        if status is None or not keeper.is_enabled or own is None or not own.is_master:
            self._refuse(name, f"the keeper {keeper.name} is not seen as an enabled master ({_state(keeper)})")
        owner = now.owner(own.address)
        if owner is None:
            self._refuse(
                name,
                f"the keeper's status shows it as {own.address}, which is no address of one node of the inventory: "
                f"correct db_address of {keeper.name}",
            )
        if owner.name != keeper.name:
            self._refuse(
                name,
                f"the keeper {keeper.name} shows {own.address} as its own address, which is the address of "
                f"{owner.name}: the addresses of the two are swapped in the inventory",
                code=SWAPPED,
            )
        if status.masters != (own.address,):
            self._refuse(name, f"the keeper's status does not show {keeper.name} as the only master")
        return own.address

    def _must_be(self, node: ObservedNode, state: str) -> None:
        if _state(node) != state:
            self._refuse(node.name, f"the node shows {_state(node)}, it must show {state}")

    def _needs_backup(self, name: str) -> None:
        if not _is_at_home(self.backups.get(name), name):
            self._refuse(name, "no verified backup of it is on this machine")

    def _needs_its_keys(self, name: str, now: ObservedCluster) -> None:
        for why in unproved(self.goal.wanted[name].keys_on_node, now.node(name).keys):
            self._refuse(name, why, code="key-on-node")

    def _refuse(self, name: str, why: str, code: str = "guard") -> NoReturn:
        raise RefusedError(why, code=code, node=name, advice="Nothing was sent to it.")


def _is_at_home(backup: Backup | None, name: str) -> bool:
    return backup is not None and backup.node == name and backup.verified


def _state(node: ObservedNode) -> str:
    return node.status.status if node.status else f"{node.trouble}: {node.error}"
