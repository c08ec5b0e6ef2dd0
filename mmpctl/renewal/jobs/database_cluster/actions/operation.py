"""What the steps have in common that are confirmed by `Y` and continue on the node."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, TypeVar

from nornir.core.task import Result, Task

from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.permit import Permit
from mmpctl.cluster.status import DISABLED, DatabaseStatus
from mmpctl.cluster.step import Step
from mmpctl.cluster.step_kinds import OperationKind
from mmpctl.device.answers.parse import to_json
from mmpctl.errors import ConnectionLost, MmpError, NoPrompt, OutcomeUnknown, VerificationError
from mmpctl.moment import Moment
from mmpctl.renewal.every_job.working_action import WorkingAction
from mmpctl.renewal.freshness import check_age
from mmpctl.renewal.jobs.database_cluster.cluster_facts import ClusterFacts
from mmpctl.renewal.jobs.database_cluster.cluster_work import ClusterWork
from mmpctl.renewal.jobs.database_cluster.node_states import status_of
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.runs.journal import JournalError
from mmpctl.runs.record import Record, StepResult
from mmpctl.tasks.awaited import NotAccepted, OperationFailed
from mmpctl.tasks.awaited_status import AwaitedStatus
from mmpctl.tasks.operation import Hooks
from mmpctl.tasks.pace import Pace
from mmpctl.tasks.wait_for_state import wait_for_state

P = TypeVar("P", bound=Permit)


class Operation(WorkingAction[ObservedCluster, P, ClusterFacts, ClusterWork]):
    """Ask, answer the one expected question, and look at the node until its status shows the end."""

    kind: ClassVar[OperationKind]

    @abstractmethod
    def start(self, task: Task, permit: P, now: ObservedCluster, hooks: Hooks) -> None:
        """Send the command and answer its question.

        Args:
            task: Nornir's task on the step's node.
            permit: of the guards, for this node and command.
            now: the cluster as it was seen right before the step's wave.
            hooks: what is told before the device is.
        """

    def refused(self, task: Task, error: MmpError, before: DatabaseStatus | None, ledger: StepLedger) -> Result | None:
        """Return a result if what went wrong shows that the step is done; None if it does not.

        Args:
            task: Nornir's task on the step's node.
            error: what went wrong.
            before: what the node showed before the step's wave.
            ledger: the journal's records of the step.
        """
        return None

    def accepted(self, ledger: StepLedger) -> None:
        """Keep that the device has taken the answer, for a kind that is never sent twice.

        Args:
            ledger: the journal's records of the step.
        """

    def found_by_hand(self, node: ObservedNode, before: DatabaseStatus, ledger: StepLedger) -> str | None:
        """Return what somebody did by hand after the step was begun, told to the journal; None if nothing shows it.

        Args:
            node: as it is seen now.
            before: its status right before the step was sent.
            ledger: the journal's records of the step.
        """
        return None

    def perform(
        self, task: Task, step: Step, permit: P, ledger: StepLedger, now: ObservedCluster, seen: Moment
    ) -> Result:
        """Start the operation and wait until the node shows its end."""
        sent: list[AwaitedStatus] = []

        def intend(command: str, before: DatabaseStatus) -> None:
            check_age(seen)
            ledger.intend(command, to_json(before))
            sent.append(self.work.awaited(task, self.kind, command, before, now))

        def answer(question: str) -> None:
            check_age(seen)
            ledger.question(question)

        try:
            self.start(task, permit, now, Hooks(intend, answer))
        except JournalError:
            # What was not written is not known: the step stays as it is in the journal, and the next look tells.
            raise
        except OutcomeUnknown as error:
            # `Y` is out and the device fell silent: whether it took it, only looking tells.
            self.work.note(f"{step.node}: {error.message}; looking at the node")
        except MmpError as error:
            done = self.refused(task, error, now.node(step.node).status, ledger)
            if done is not None:
                return done
            ledger.end(StepResult.UNKNOWN if _may_have_begun(error) else StepResult.REFUSED, error)
            raise
        else:
            self.accepted(ledger)
        return self._wait(task, ledger, sent[0])

    def look_up(self, task: Task, ledger: StepLedger, begun: Record, now: ObservedCluster) -> str:
        """Look at the node until it shows how the operation ended."""
        node, command = task.host.name, begun.command or ""
        before = status_of(begun.detail["before"])
        by_hand = self.found_by_hand(now.node(node), before, ledger)
        if by_hand is not None:
            return by_hand
        self.work.note(f"{node}: checking how '{command}' ended; this takes a minute if the node shows nothing of it")
        try:
            self._wait(task, ledger, self.work.awaited(task, self.kind, command, before, now))
        except NotAccepted as error:
            return f"{error.message} · therefore: again"
        except OperationFailed as error:
            if not error.may_be_tried_again:
                raise
            ledger.end(StepResult.NOT_ACCEPTED, error)
            return f"{error.message} · therefore: again, nothing can be lost by it"
        return "the device reports that it succeeded · therefore: done"

    def _wait(self, task: Task, ledger: StepLedger, awaited: AwaitedStatus) -> Result:
        """Look at the node until an operation has ended that was begun, now or before, and tell the journal."""
        ledger.intended = True
        limits = self.work.watch.limits
        try:
            result = wait_for_state(
                task,
                awaited,
                limits.operation,
                limits.accept,
                seen=self.work.saw(task.host.name),
                give_up=lambda: self.work.watch.stop.insisted,
                pace=Pace(self.kind.name, self.work.watch.lengths),
            )
        except NotAccepted as error:
            if ledger.was_accepted:
                lost = _lost(task.host.name, awaited.command, error)
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


def _may_have_begun(error: MmpError) -> bool:
    # Where no question could be read, a release that asks nothing may have begun all the same.
    return isinstance(error, (ConnectionLost, NoPrompt)) or error.code == "too-much-output"


def _lost(node: str, command: str, error: NotAccepted) -> VerificationError:
    # One accepted initialize a run: what the device took and lost again is for a person to repeat.
    return VerificationError(
        f"{node} accepted '{command}', and shows nothing of it any more: it may have restarted ({error.message})",
        code="lost",
        node=node,
        advice=f"No run sends it a second time. Look at the node. When it shows {DISABLED}, type `{command}` on "
        "it by hand, then resume.",
    )
