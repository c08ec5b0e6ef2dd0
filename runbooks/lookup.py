"""What was begun and not seen to end is looked up on the devices, before anything is done again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl.cluster.goal import SAME
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.plan import BACKUP, CERTS, UPLOAD, Step
from mmpctl.cluster.status import CertificateFiles, DatabaseStatus, Member
from mmpctl.runbooks.fleet import run_on
from mmpctl.runbooks.ledger import StepLedger
from mmpctl.runbooks.observe import look_again
from mmpctl.runbooks.prepare import Prepared
from mmpctl.runbooks.steps import Steps
from mmpctl.runbooks.watch import Watch
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import INTENT, NOT_ACCEPTED, Journal, Record
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


def look_up(nr: Nornir, prepared: Prepared, journal: Journal, folder: RunFolder, watch: Watch) -> Lookup:
    """Find out how the steps ended whose end nobody saw.

    Args:
        nr: a Nornir object that knows the cluster.
        prepared: the cluster as it is seen now, and the goal.
        journal: of the interrupted run; is told what was found out.
        folder: the run's folder.
        watch: who watches the run.

    Returns:
        The cluster as it is seen afterwards, and what was found.

    Raises:
        MmpError: a node cannot be looked at, or what it shows needs a person.
    """
    name = prepared.cluster.name
    steps = Steps(prepared, journal, folder, watch.progress, watch.limits)
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
    for line in found:
        watch.progress.note(name, line)
    return Lookup(look_again(nr, prepared.cluster, prepared.goal.left_out), tuple(found))


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
        if status is not None and status.certificates == wanted and prepared.goal.names != SAME:
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
    lines = [f"{len(done)} steps have ended well"]
    if journal.torn:
        lines.append("its last line was cut by the interruption and is dropped: it was never acted on")
    return lines


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
