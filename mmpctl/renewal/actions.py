"""How each step of a plan is done on its node: intend, act, observe, settle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from nornir.core.task import Result, Task

from mmpctl.cluster.guards import Guards
from mmpctl.cluster.marks import Alone
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.permit import Identity
from mmpctl.cluster.plan import BACKUP, CERTS, INITIALIZE, JOIN, REMOVE, REMOVE_COMMAND, UPLOAD, Step
from mmpctl.cluster.status import DISABLED, DatabaseStatus
from mmpctl.cluster.target import Naming
from mmpctl.display.events import Progress
from mmpctl.errors import (
    CommandRefused,
    ConnectionLost,
    MmpError,
    NoPrompt,
    OutcomeUnknown,
    TransferError,
    VerificationError,
)
from mmpctl.moment import Moment
from mmpctl.renewal.freshness import check_age
from mmpctl.renewal.limits import Limits
from mmpctl.renewal.preparation import Prepared
from mmpctl.renewal.step_journal import StepLedger, backups_at_home
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import Journal, JournalError, StepResult
from mmpctl.tasks import connect, download, initialize, join, remove, set_certificates, snapshot, upload
from mmpctl.tasks.operation import Hooks
from mmpctl.tasks.save_files import save_files
from mmpctl.tasks.status import is_vouched_for, seen_status
from mmpctl.tasks.wait_for_state import Awaited, NotAccepted, wait_for_state


class Steps:
    """Does the steps of one cluster.

    Args:
        prepared: the cluster as it was observed, its goal and the files.
        journal: the run's journal.
        folder: the run's folder.
        progress: is told what happens.
        limits: how long things may take.
        give_up: says when operations are not waited for any longer.
    """

    def __init__(
        self,
        prepared: Prepared,
        journal: Journal,
        folder: RunFolder,
        progress: Progress,
        limits: Limits,
        give_up: Callable[[], bool] = lambda: False,
    ) -> None:
        self._goal = prepared.goal
        self._prepared = prepared
        self._cluster = prepared.cluster.name
        self._identities = {node.name: Identity.of(node) for node in prepared.cluster.nodes if node.answers}
        self._journal = journal
        self._folder = folder
        self._progress = progress
        self._limits = limits
        self._give_up = give_up
        # What may lie on each node without being the sign of somebody else; nothing until somebody has looked.
        self.alone: Mapping[str, Alone] = {}

    def act(self, task: Task, step: Step, now: ObservedCluster, seen: Moment) -> Result:
        """Do one step and see that it is done.

        Args:
            task: Nornir's task on the step's node.
            step: the step.
            now: the cluster as it was seen right before this wave.
            seen: when that was.

        Returns:
            A result with the status that was seen last, for steps that change it.

        Raises:
            MmpError: it did not end well; the journal says how far it came.
        """
        ledger = StepLedger(self._journal, self._cluster, step)
        if step.action == BACKUP:
            return self._backup(task, step, ledger)
        if step.action == UPLOAD:
            return self._upload(task, step, ledger)
        if step.action == CERTS:
            return self._certs(task, step, ledger, now, seen)
        return self._operate(task, step, ledger, now, seen)

    def _guards(self) -> Guards:
        folder = self._folder.path
        again = backups_at_home(self._journal, self._cluster, folder, again=True)
        return Guards(
            goal=self._goal,
            identities=self._identities,
            backups=backups_at_home(self._journal, self._cluster, folder),
            keeper_backup=again.get(self._goal.keeper),
            history=self._journal.history(self._cluster),
            alone=self.alone,
        )

    def _backup(self, task: Task, step: Step, ledger: StepLedger) -> Result:
        # What an attempt before this one left on the node may be a part of a backup, and none can tell: a new name.
        attempt = ledger.attempts + 1
        name = step.command.split()[-1] + (f"-{attempt}" if attempt > 1 else "")
        ledger.intend(f"backup snapshot {name}")
        try:
            snapshot(task, name)
        except CommandRefused as error:
            ledger.end(StepResult.REFUSED, error)
            raise
        backup = download(task, name, self._folder.subfolder("backups")).result
        files = [replace(file, path=f"backups/{step.node}/{name}/{file.name}") for file in backup.files]
        ledger.settle({"files": [asdict(file) for file in files]})
        return Result(host=task.host, result=backup, changed=True)

    def _upload(self, task: Task, step: Step, ledger: StepLedger) -> Result:
        contents = self._prepared.contents(step.node)
        replacing = self._goal.names is Naming.SAME
        if replacing:
            save_files(task, tuple(contents), self._folder.subfolder("replaced"))
        ledger.intend(step.command)
        try:
            result = upload(task, contents, replace=replacing)
        except TransferError as error:
            if replacing and error.code in ("permission", "sftp-failed"):
                error.advice += " Or close this run, and renew with --names versioned, which overwrites nothing."
            raise
        ledger.settle({"files": dict(self._goal.wanted[step.node].digests)})
        return result

    def _certs(self, task: Task, step: Step, ledger: StepLedger, now: ObservedCluster, seen: Moment) -> Result:
        permit = self._guards().certs(step.node, now)

        def intend(command: str, before: DatabaseStatus) -> None:
            check_age(seen)
            ledger.intend(command, before)

        try:
            set_certificates(task, permit, Hooks(intend=intend))
        except VerificationError as error:
            ledger.end(StepResult.FAILED, error)
            raise
        except MmpError as error:
            ledger.end(StepResult.UNKNOWN, error)
            removed = StepLedger(self._journal, self._cluster, Step(0, 0, step.node, REMOVE, REMOVE_COMMAND))
            doubt = _doubt(removed.evidence)
            if isinstance(error, CommandRefused) and doubt:
                # It is in its old cluster still, or refuses whatever it is told.
                removed.take_back(error)
                told = f"{error.message}; {doubt}: it may still be in its old cluster"
                raise CommandRefused(
                    told, text=error.text, advice="`mmpctl resume` sends both commands again."
                ) from error
            raise
        status = seen_status(task)
        ledger.settle({"files": list(status.certificates.names())})
        return Result(host=task.host, result=status, changed=True)

    def _operate(self, task: Task, step: Step, ledger: StepLedger, now: ObservedCluster, seen: Moment) -> Result:
        sent: list[Awaited] = []

        def intend(command: str, before: DatabaseStatus) -> None:
            check_age(seen)
            ledger.intend(command, before)
            sent.append(self.awaited(task, step, command, before, now))

        def answer(question: str) -> None:
            check_age(seen)
            ledger.question(question)

        try:
            self._start(task, step, now, Hooks(intend, answer))
        except JournalError:
            # What was not written is not known: the step stays as it is in the journal, and the next look tells.
            raise
        except OutcomeUnknown as error:
            # `Y` is out and the device fell silent: whether it took it, only looking tells.
            self._progress.note(self._cluster, f"{step.node}: {error.message}; looking at the node")
        except MmpError as error:
            before = now.node(step.node).status
            if step.action == REMOVE and isinstance(error, CommandRefused) and before and before.status == DISABLED:
                status = seen_status(task)
                if status.status == DISABLED and status.settled:
                    # It said Disabled all along, and refuses to leave: `certs` will tell whether it has left.
                    ledger.settle({"status": status.status, "remove_refused": error.text})
                    return Result(host=task.host, result=status)
            ledger.end(StepResult.UNKNOWN if _may_have_begun(error) else StepResult.REFUSED, error)
            raise
        else:
            if step.action == INITIALIZE:
                ledger.accept()
        return self.look_up(task, step, ledger, sent[0])

    def _start(self, task: Task, step: Step, now: ObservedCluster, hooks: Hooks) -> None:
        guards, name = self._guards(), step.node
        if step.action == REMOVE:
            client = not now.node(name).role.has_database
            remove(task, guards.remove(name, now), client=client, hooks=hooks)
        elif step.action == INITIALIZE:
            initialize(task, guards.initialize(name, now), hooks=hooks)
        elif step.action == JOIN:
            join(task, guards.join(name, now), hooks=hooks)
        else:
            connect(task, guards.connect(name, now), hooks=hooks)

    def awaited(self, task: Task, step: Step, command: str, before: DatabaseStatus, now: ObservedCluster) -> Awaited:
        """Return what an operation leads to, and whether its node may be of a release that names no command.

        Args:
            task: Nornir's task on the step's node.
            step: the step.
            command: as it is sent.
            before: the node's status right before.
            now: the cluster as it was seen last.
        """
        records = (record for record in self._journal.records if record.cluster == self._cluster)
        named = any(record.detail.get("last_command") for record in records)
        seen = named or now.names_commands or self._prepared.cluster.names_commands
        silent = not seen or is_vouched_for(task, self._prepared.cluster.node(step.node).release)
        return Awaited(step.action, command, before, silent)

    def look_up(self, task: Task, step: Step, ledger: StepLedger, awaited: Awaited) -> Result:
        """Look at the node until an operation that was started has ended, and tell the journal.

        Args:
            task: Nornir's task on the step's node.
            step: the step.
            ledger: of the step; it was intended, now or by a run that was interrupted.
            awaited: what it leads to.

        Returns:
            A result with the status that was seen last.

        Raises:
            MmpError: it was not accepted, failed, or has not ended in time.
        """
        ledger.intended = True
        try:
            result = wait_for_state(
                task,
                awaited,
                self._limits.operation,
                self._limits.accept,
                seen=self._saw(step.node),
                give_up=self._give_up,
            )
        except NotAccepted as error:
            if ledger.was_accepted:
                lost = _lost(step, error)
                ledger.end(StepResult.FAILED, lost)
                raise lost from error
            ledger.end(StepResult.NOT_ACCEPTED, error)
            raise
        except OutcomeUnknown as error:
            ledger.end(StepResult.UNKNOWN, error)
            raise
        except MmpError as error:
            ledger.end(StepResult.FAILED, error)
            raise
        status: DatabaseStatus = result.result
        ledger.settle({"status": status.status, "last_command": status.last_command})
        return Result(host=task.host, result=status, changed=True)

    def _saw(self, node: str) -> Callable[[str, DatabaseStatus], None]:
        noted: set[str] = set()

        def saw(_: str, status: DatabaseStatus) -> None:
            self._progress.saw(self._cluster, node, status)
            for line in status.unknown:
                if line not in noted:
                    noted.add(line)
                    self._progress.note(self._cluster, f"{node}'s status shows a line that is not known: {line!r}")

        return saw


def _doubt(removed: Mapping[str, Any]) -> str:
    """Return why a remove may not have succeeded after all, when `certs` is refused; empty if it did."""
    if "remove_refused" in removed:
        return "its remove was refused before, too"
    is_unnamed = "last_command" in removed and removed["last_command"] is None
    return "the node never reported that its remove succeeded" if is_unnamed else ""


def _may_have_begun(error: MmpError) -> bool:
    # Where no question could be read, a release that asks nothing may have begun all the same.
    return isinstance(error, (ConnectionLost, NoPrompt)) or error.code == "too-much-output"


def _lost(step: Step, error: NotAccepted) -> VerificationError:
    # One accepted initialize a run: what the device took and lost again is for a person to repeat.
    return VerificationError(
        f"{step.node} accepted '{step.command}', and shows nothing of it any more: it may have restarted "
        f"({error.message})",
        code="lost",
        node=step.node,
        advice=f"No run sends it a second time. Look at the node. When it shows {DISABLED}, type `{step.command}` on "
        "it by hand, then resume.",
    )
