"""One cluster's part of a run, as its steps need it: files, guards, what is awaited, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nornir.core.task import Task

from mmpctl.cluster.guards import Guards
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.permit import Identity
from mmpctl.cluster.status import DatabaseStatus
from mmpctl.cluster.step_kinds import OperationKind
from mmpctl.cluster.target import Goal
from mmpctl.renewal.context import RunContext, Watch
from mmpctl.renewal.every_job.unit_work import UnitWork
from mmpctl.renewal.jobs.database_cluster.kept_backups import backups_at_home
from mmpctl.renewal.jobs.database_cluster.preparation import Prepared
from mmpctl.runs.folder import RunFolder
from mmpctl.tasks.awaited import NotSeen
from mmpctl.tasks.awaited_status import AwaitedStatus
from mmpctl.tasks.status import is_vouched_for


class ClusterWork(UnitWork):
    """What the steps of one cluster share.

    Args:
        run: the run.
        prepared: the cluster as it was observed, its goal and the files.
        in_use: the names of the files that each node used when the run began; for a run that is taken up again.
    """

    def __init__(self, run: RunContext, prepared: Prepared, in_use: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__(run, prepared.cluster.name)
        self.prepared = prepared
        self.in_use = in_use or {}
        self._identities = {node.name: Identity.of(node) for node in prepared.cluster.nodes if node.answers}

    @property
    def goal(self) -> Goal:
        """What the cluster is to become."""
        return self.prepared.goal

    @property
    def folder(self) -> RunFolder:
        """The run's folder."""
        return self.run.folder

    @property
    def watch(self) -> Watch:
        """Who watches the run."""
        return self.run.watch

    def guards(self) -> Guards:
        """Return the guards, with what the journal and this machine hold now."""
        folder, journal = self.folder.path, self.run.journal
        again = backups_at_home(journal, self.name, folder, again=True)
        return Guards(
            goal=self.goal,
            identities=self._identities,
            backups=backups_at_home(journal, self.name, folder),
            keeper_backup=again.get(self.goal.keeper),
            history=journal.history(self.name),
            alone=self.alone,
        )

    def awaited(
        self, task: Task, kind: OperationKind, command: str, before: DatabaseStatus, now: ObservedCluster
    ) -> AwaitedStatus:
        """Return what an operation leads to, and whether its node may be of a release that names no command.

        Args:
            task: Nornir's task on the step's node.
            kind: of the step.
            command: as it is sent.
            before: the node's status right before.
            now: the cluster as it was seen last.
        """
        records = (record for record in self.run.journal.records if record.cluster == self.name)
        named = any(record.detail.get("last_command") for record in records)
        seen = named or now.names_commands or self.prepared.cluster.names_commands
        silent = not seen or is_vouched_for(task, self.prepared.cluster.node(task.host.name).release)
        return AwaitedStatus(kind, command, before, silent)

    def saw(self, node: str) -> Callable[[str, DatabaseStatus | NotSeen], None]:
        """Return what is told of each new status of a node; a line that nobody knows is told once.

        Args:
            node: inventory name.
        """
        noted: set[str] = set()

        def saw(_: str, shown: DatabaseStatus | NotSeen) -> None:
            self.watch.progress.saw(self.name, node, shown)
            for line in shown.unknown if isinstance(shown, DatabaseStatus) else ():
                if line not in noted:
                    noted.add(line)
                    self.note(f"{node}'s status shows a line that is not known: {line!r}")

        return saw
