"""What was begun and not seen to end is looked up on the devices, before anything is done again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl.cluster.goal import SAME, Goal, WantedFiles
from mmpctl.cluster.history import step_key
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.plan import BACKUP, CERTS, CONNECT, INITIALIZE, INITIALIZE_COMMAND, JOIN, REMOVE, UPLOAD, Step
from mmpctl.cluster.status import DISABLED, CertificateFiles, DatabaseStatus, Member
from mmpctl.runbooks.carry_out import watched_steps
from mmpctl.runbooks.fleet import run_on
from mmpctl.runbooks.ledger import StepLedger
from mmpctl.runbooks.observe import look_again
from mmpctl.runbooks.prepare import Prepared
from mmpctl.runbooks.steps import Steps
from mmpctl.runbooks.watch import Watch
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import DONE, INTENT, NOT_ACCEPTED, OUTCOME, Journal, Record
from mmpctl.tasks.wait_for_state import Awaited, NotAccepted, OperationFailed


@dataclass(frozen=True, slots=True)
class Lookup:
    """What was found out.

    Args:
        cluster: as it is seen afterwards.
        found: one line for each open step: what the journal says, what the device says, what follows.
    """

    cluster: ObservedCluster
    found: tuple[str, ...]


def look_up(
    nr: Nornir,
    prepared: Prepared,
    in_use: Mapping[str, Sequence[str]],
    journal: Journal,
    folder: RunFolder,
    watch: Watch,
) -> Lookup:
    """Find out how the steps ended whose end nobody saw.

    Args:
        nr: a Nornir object that knows the cluster.
        prepared: the cluster as it is seen now, and the goal.
        in_use: the names of the files that each node used when the run began.
        journal: of the interrupted run; is told what was found out.
        folder: the run's folder.
        watch: who watches the run.

    Returns:
        The cluster as it is seen afterwards, and what was found.

    Raises:
        MmpError: a node cannot be looked at, or what it shows needs a person.
    """
    name = prepared.cluster.name
    steps = watched_steps(prepared, journal, folder, watch)
    open_steps = {record.node: record for record in _open(journal, name) if record.node is not None}

    def look(task: Task) -> Result:
        record = open_steps[task.host.name]
        return Result(host=task.host, result=_found(task, record, prepared, journal, steps))

    found = [f"the journal says: {text}" for text in _summary(journal, name)]
    outcomes = run_on(nr, open_steps, look)
    for outcome in outcomes.values():
        if outcome.error is not None:
            raise outcome.error
        found.append(outcome.value)
    now = look_again(nr, prepared.cluster, prepared.goal.left_out)
    found += _done_by_hand(now, prepared.goal, in_use, journal)
    for line in found:
        watch.progress.note(name, line)
    return Lookup(now, tuple(found))


def _done_by_hand(now: ObservedCluster, goal: Goal, in_use: Mapping[str, Sequence[str]], journal: Journal) -> list[str]:
    """Steps that nobody of this run did, and that the device shows as done with this run's files."""
    found = []
    history = journal.history(now.name)
    for node in now.nodes:
        status, wanted = node.status, goal.wanted.get(node.name)
        if status is None or wanted is None or status.certificates.in_places_of(wanted.names) != wanted.names:
            continue
        action, command = _last_step(node, goal)
        reached = Awaited(action, command, DatabaseStatus(DISABLED)).reached(status)
        if tuple(in_use.get(node.name, ())) == wanted.names.names() and not (
            reached and history.has(REMOVE, node.name) and _holds_new_files(node, wanted)
        ):
            continue  # names that were in use before the run prove nothing but after its remove
        for key in (CERTS, action) if reached else (CERTS,):
            if not history.has(key, node.name) and not history.was_intended(key, node.name):
                journal.append(
                    OUTCOME, now.name, node=node.name, step=step_key(key, node.name), result=DONE, detail={"seen": True}
                )
                found.append(
                    f"the journal does not know of a {key} of {node.name} · the device shows it as done, with the new "
                    "files · therefore: done"
                )
    return found


def _holds_new_files(node: ObservedNode, wanted: WantedFiles) -> bool:
    """The certificates on the node are this run's, by their contents."""
    return bool(node.in_use) and all(wanted.digests.get(name) == digest for name, digest in node.in_use.items())


def _last_step(node: ObservedNode, goal: Goal) -> tuple[str, str]:
    if node.name == goal.keeper:
        return INITIALIZE, INITIALIZE_COMMAND
    if node.role.has_database:
        return JOIN, f"database cluster join {goal.keeper_address}"
    return CONNECT, f"database cluster connect {goal.keeper_address}"


def _open(journal: Journal, cluster: str) -> tuple[Record, ...]:
    """The last intent of each step whose end was not seen; a node has one at most."""
    intended = journal.history(cluster).intended
    last = {record.step: record for record in journal.records if record.cluster == cluster and record.event == INTENT}
    return tuple(last[step] for step in sorted(intended))


def _found(task: Task, record: Record, prepared: Prepared, journal: Journal, steps: Steps) -> str:
    node = task.host.name
    step = Step(0, 0, node, (record.step or "").split(":")[0], record.command or "")
    step = replace(step, again=(record.step or "").endswith(":again"))
    ledger = StepLedger(journal, prepared.cluster.name, step)
    begun = f"the journal says: '{step.command}' was begun on {node}, its end was not seen"
    if step.action in (BACKUP, UPLOAD):
        return f"{begun} · it can be done again without harm · therefore: again"
    if step.action == CERTS:
        status = prepared.cluster.node(node).status
        wanted = prepared.goal.wanted[node].names
        shown = status.certificates.in_places_of(wanted) if status is not None else None
        if shown == wanted and prepared.goal.names != SAME:
            ledger.settle({"files": list(wanted.names()), "seen": "when the run was resumed"})
            return f"{begun} · the device shows the new files · therefore: done"
        ledger.intended = True
        ledger.end(NOT_ACCEPTED, NotAccepted("the device does not show the new files"))
        return f"{begun} · the device does not show the new files · therefore: again"
    awaited = Awaited(step.action, step.command, _status(record.detail["before"]))
    try:
        steps.look_up(task, step, ledger, awaited)
    except NotAccepted as error:
        return f"{begun} · {error.message} · therefore: again"
    except OperationFailed as error:
        if not error.may_be_tried_again:
            raise
        ledger.end(NOT_ACCEPTED, error)
        return f"{begun} · {error.message} · therefore: again, nothing can be lost by it"
    return f"{begun} · the device says that it succeeded · therefore: done"


def _summary(journal: Journal, cluster: str) -> list[str]:
    history = journal.history(cluster)
    done = sorted(history.settled - history.intended)
    return [f"{len(done)} steps have ended well", *cut_line(journal)]


def cut_line(journal: Journal) -> tuple[str, ...]:
    """What there is to tell of the journal's last line, where the interruption cut it."""
    return ("its last line was cut by the interruption and is dropped: it was never acted on",) if journal.torn else ()


def _status(document: Mapping[str, object]) -> DatabaseStatus:
    """A status from the JSON of the contract, as the journal keeps it."""
    values = dict(document)
    nodes = values.pop("nodes")
    files = values.pop("certificates")
    expired = values.pop("expired")
    assert isinstance(nodes, list) and isinstance(files, dict) and isinstance(expired, list)  # noqa: S101
    return DatabaseStatus(
        **values,  # type: ignore[arg-type]
        nodes=tuple(Member(**member) for member in nodes),
        certificates=CertificateFiles(**files),
        expired=tuple(expired),
    )
