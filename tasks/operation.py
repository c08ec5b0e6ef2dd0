"""What all destructive tasks share: prove the node, spend the permit, ask, answer the one expected question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from nornir.core.task import Result, Task

from mmpctl.cluster.permit import Permit, Proof
from mmpctl.cluster.status import DatabaseStatus
from mmpctl.device.platform import CiscoCms
from mmpctl.device.questions import Question, load_reviewed
from mmpctl.inventory.addresses import addresses_of
from mmpctl.inventory.reviewed_file import check_pinned
from mmpctl.tasks.mark import traces_now
from mmpctl.tasks.session import allows_one_session, mmp, on_node
from mmpctl.tasks.status import read_status, without_reviewed


def _nothing(_: str) -> None:
    return None


def _nothing_intended(_: str, __: DatabaseStatus) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Hooks:
    """What is recorded before anything is sent to the device: a run's journal listens here.

    Args:
        intend: called with the command and the node's present status before it is sent; when it raises, nothing is
            sent.
        answer: called with the question before `Y` is sent; when it raises, nothing is answered.
    """

    intend: Callable[[str, DatabaseStatus], None] = field(default=_nothing_intended)
    answer: Callable[[str], None] = field(default=_nothing)


@dataclass(frozen=True, slots=True)
class Operation:
    """The dialogue that started an operation; only `wait_for_state` shows whether it succeeded.

    Args:
        command: as it was sent, or would have been.
        before: what the node said of its cluster right before.
        question: the question that was answered with `Y`, None if none was asked.
        output: what the device printed after it.
        sent: False in a dry run.
    """

    command: str
    before: DatabaseStatus
    question: str | None = None
    output: str = ""
    sent: bool = True


def operate(
    task: Task, permit: Permit, operation: str, hooks: Hooks, dry_run: bool | None = None, client: bool = False
) -> Result:
    """Start one of the operations that ask for confirmation.

    Args:
        permit: made by the guards for this node and command.
        operation: `remove`, `initialize`, `join` or `connect`: names the expected question.
        hooks: what is told before the device is.
        dry_run: look at the node and send nothing; by default as the Nornir object says.
        client: the node is a client, whose questions are worded otherwise.

    Returns:
        A result with an `Operation`; changed is set, in a dry run too, and `diff` says from what by which command.

    Raises:
        RefusedError: the node is not the one that was observed, the permit was used before, or somebody else has begun
            to work on the node.
        UnknownQuestion: the device asked something else; nothing was answered.
        CommandRefused: the device said no.
        OutcomeUnknown: `Y` was sent and the device fell silent: look before anything else.
    """
    with on_node(task):
        # Where one session is all, the list of files would cost the one that has the question in it.
        early = traces_now(task, permit.run) if allows_one_session(task) and not task.is_dry_run(dry_run) else None
        session = mmp(task)
        before = without_reviewed(task, read_status(session))
        was = f"{before.status}, itself {before.me.state}" if before.me else before.status
        diff = f"-{was}\n+{permit.command}"
        if task.is_dry_run(dry_run):
            unsent = Operation(permit.command, before, sent=False)
            return Result(host=task.host, result=unsent, changed=True, diff=diff)
        reviewed = _reviewed(task)
        command = spend(task, session, permit, before)
        hooks.intend(command, before)

        def before_answer(question: str) -> None:
            # The last thing before the answer is on its way: whoever came meanwhile has left a trace.
            permit.check_alone(traces_now(task, permit.run) if early is None else early)
            hooks.answer(question)

        answer = session.ask(command, operation, client=client, reviewed=reviewed, before_answer=before_answer)
        return Result(
            host=task.host,
            result=Operation(command, before, answer.question, answer.output),
            changed=True,
            diff=diff,
        )


def _reviewed(task: Task) -> tuple[Question, ...]:
    file = check_pinned(task.nornir.config)
    return () if file is None else load_reviewed(file)


def proof_of(task: Task, session: CiscoCms, me: str | None = None) -> Proof:
    """Return who is at the other end of an open session.

    Args:
        session: the node's command line.
        me: the address that the node calls itself in its status, None if it shows none.
    """
    names = addresses_of(me) if me else frozenset[str]()
    return Proof(task.host.name, session.host_key, session.device_name, me, names)


def spend(task: Task, session: CiscoCms, permit: Permit, status: DatabaseStatus) -> str:
    """Spend a permit on an open session, after proving that it is with the right node.

    Args:
        session: with the node.
        permit: of the guards, for this node.
        status: what the node shows right before; its own address is part of the proof.

    Returns:
        The command that is permitted.

    Raises:
        RefusedError: the session is with another node, or the permit was spent before.
    """
    return permit.spend(proof_of(task, session, status.me.address if status.me else None))
