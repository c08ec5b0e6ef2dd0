"""A model of the devices of one cluster, without sockets: what each command does to a node and its database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mmpctl.cluster.backups import Backup, BackupFile
from mmpctl.cluster.guards import Guards
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.permit import Identity, Permit, Proof
from mmpctl.cluster.plan import plan
from mmpctl.cluster.progress import History
from mmpctl.cluster.status import DISABLED, ENABLED, DatabaseStatus, Member
from mmpctl.cluster.step import Step, StepKey
from mmpctl.cluster.step_kinds import REMOVE_COMMAND, ActionName
from mmpctl.cluster.target import Goal
from tests.cluster.cases import make_cluster, make_goal


@dataclass
class Device:
    """One node: its cluster state and the rows of its database."""

    rows: int
    has_database: bool
    member_of: str | None = "old"
    shows_disabled: bool = False
    new_files: bool = False
    new_certificates: bool = False


@dataclass
class Model:
    """A cluster that is renewed step by step, with a journal that may miss the last outcome."""

    cluster: ObservedCluster
    goal: Goal
    devices: dict[str, Device]
    history: History = field(default_factory=History)
    backups: dict[str, Backup] = field(default_factory=dict)
    second: Backup | None = None
    initialized: int = 0

    @classmethod
    def of(cls, lines: dict[str, str], **options: object) -> Model:
        """A model whose keeper has the newest rows."""
        cluster = make_cluster(lines)
        goal = make_goal(cluster, **options)
        devices = {
            node.name: Device(
                100 if node.name == goal.keeper else 90,
                node.role.has_database,
                None if node.has_left else "old",
                shows_disabled=node.status is not None and node.status.status == DISABLED and not node.has_left,
            )
            for node in cluster.nodes
        }
        return cls(cluster, goal, devices, History(keeper=goal.keeper))

    def seen(self) -> ObservedCluster:
        """The cluster as a look at every node shows it now."""
        return replace(
            self.cluster, nodes=tuple(replace(node, status=self._status(node.name)) for node in self.cluster.nodes)
        )

    def left(self) -> tuple[Step, ...]:
        """The plan from here."""
        return plan(self.seen(), self.goal, self.history)

    def do(self, step: Step, journaled: bool = True) -> None:
        """Intend, act, and, unless the process dies in between, settle."""
        permit = self._permit(step)
        self.history = replace(self.history, intended=self.history.intended | {step.key})
        self._act(step, permit)
        if journaled:
            self.settle(step.key)

    def resume(self) -> None:
        """What a new process does first: each outcome that nobody saw is looked up on the device."""
        for key in self.history.intended:
            if self._is_done(key):
                self.settle(key)
            else:
                self.history = replace(self.history, intended=self.history.intended - {key})

    def settle(self, key: StepKey) -> None:
        """The journal is told that a step ended well."""
        self.history = replace(
            self.history, settled=self.history.settled | {key}, intended=self.history.intended - {key}
        )

    def _permit(self, step: Step) -> Permit | None:
        guards = Guards(
            self.goal,
            {node.name: Identity.of(node) for node in self.cluster.nodes},
            self.backups,
            self.second,
            self.history,
        )
        if step.action in (ActionName.BACKUP, ActionName.UPLOAD) or step.command == "database cluster status":
            return None
        permit = getattr(guards, step.action)(step.node, self.seen())
        assert isinstance(permit, Permit) and permit.command == step.command
        return permit

    def _act(self, step: Step, permit: Permit | None) -> None:
        device, keeper = self.devices[step.node], self.devices[self.goal.keeper]
        if permit is not None:
            permit.spend(Proof(step.node, permit.identity.host_key, permit.identity.hostname))
        if step.action == ActionName.BACKUP:
            home = Backup(step.node, (BackupFile("pre-run.bak", f"{step.node}.bak", device.rows, "a" * 64, True),))
            if step.again:
                self.second = home
            else:
                assert device.member_of == "old" or not any(one.new_certificates for one in self.devices.values())
                self.backups[step.node] = home
        elif step.action == ActionName.UPLOAD:
            device.new_files = True
        elif step.action == ActionName.REMOVE:
            assert device.member_of == "old", "removed twice"
            device.member_of, device.shows_disabled = None, False
        elif step.action == ActionName.CERTS:
            assert device.member_of is None and device.new_files
            device.new_certificates = True
        elif step.action == ActionName.INITIALIZE:
            assert device.new_certificates and device is keeper
            self.initialized += 1
            device.member_of = "new"
        elif step.action != "verify":
            assert keeper.member_of == "new" and device.member_of is None and device.new_certificates
            device.member_of = "new"
            device.rows = keeper.rows if step.action == ActionName.JOIN else device.rows

    def _is_done(self, key: StepKey) -> bool:
        action, name, again, _ = key
        device = self.devices[name]
        return {
            ActionName.BACKUP: (self.second is not None) if again else name in self.backups,
            ActionName.UPLOAD: device.new_files,
            ActionName.REMOVE: device.member_of is None,
            ActionName.CERTS: device.new_certificates,
        }.get(ActionName(action), device.member_of == "new")

    def _status(self, name: str) -> DatabaseStatus:
        device = self.devices[name]
        if device.member_of is None:
            return DatabaseStatus(DISABLED, interface="a", last_command=REMOVE_COMMAND, last_result="Success")
        if device.shows_disabled:
            return DatabaseStatus(DISABLED, interface="a")
        members = []
        for node in self.cluster.databases:
            if self.devices[node.name].member_of == device.member_of:
                state = "Connected Master" if node.name == self.goal.keeper else "Connected Slave ( In Sync )"
                members.append(Member(node.db_address, node.name == name, state))
        return DatabaseStatus(ENABLED, nodes=tuple(members), interface="a")
