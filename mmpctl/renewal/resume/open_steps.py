"""Look up on the devices how steps ended whose end was not seen, before anything is done again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.plan import BACKUP, CERTS, CONNECT, JOIN, REMOVE, UPLOAD, Step
from mmpctl.cluster.status import CertificateFiles, DatabaseStatus, Member
from mmpctl.cluster.target import Naming
from mmpctl.display.events import Progress
from mmpctl.fleet.run_on import run_on
from mmpctl.renewal.actions import Steps
from mmpctl.renewal.cluster_run import watched_steps
from mmpctl.renewal.context import Watch
from mmpctl.renewal.observation import look_again
from mmpctl.renewal.preparation import Prepared
from mmpctl.renewal.resume.manual_steps import done_by_hand, is_past_its_remove, was_taken_out
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import Event, Journal, Record, StepResult
from mmpctl.tasks.wait_for_state import NotAccepted, OperationFailed


@dataclass(frozen=True, slots=True)
class Lookup:
    """What was found out.

    Args:
        cluster: as it is seen afterwards.
        found: one line for each open step: what the journal says, what the device reports, what follows.
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
        names = in_use.get(task.host.name, ())
        return Result(host=task.host, result=_found(task, record, prepared, names, journal, steps, watch.progress))

    found = [f"the journal says: {text}" for text in _summary(journal, name)]
    outcomes = run_on(nr, open_steps, look)
    found += [outcome.value for outcome in outcomes.values() if outcome.error is None]
    now = look_again(nr, prepared.cluster, prepared.goal.left_out)
    # What was done by hand is kept even where a node needs a person: what is told to be left must leave it out.
    found += done_by_hand(now, prepared.goal, in_use, journal)
    for line in found:
        watch.progress.note(name, line)
    for outcome in outcomes.values():
        if outcome.error is not None:
            raise outcome.error
    return Lookup(now, tuple(found))


def _open(journal: Journal, cluster: str) -> tuple[Record, ...]:
    """Return the last intent of each step whose end was not seen; a node has one at most."""
    intended = journal.history(cluster).intended
    last = {
        record.step: record for record in journal.records if record.cluster == cluster and record.event == Event.INTENT
    }
    return tuple(last[step] for step in sorted(intended))


def _found(
    task: Task,
    record: Record,
    prepared: Prepared,
    in_use: Sequence[str],
    journal: Journal,
    steps: Steps,
    progress: Progress,
) -> str:
    node = task.host.name
    step = Step(0, 0, node, (record.step or "").split(":")[0], record.command or "")
    step = replace(step, again=(record.step or "").endswith(":again"))
    begun = f"the journal says: '{step.command}' was started on {node}, and its end was not seen"
    if step.action in (BACKUP, UPLOAD):
        return f"{begun} · it can be done again without harm · therefore: again"
    ledger = StepLedger(journal, prepared.cluster.name, step)
    if step.action == CERTS:
        return f"{begun} · {_certs_found(ledger, prepared, node)}"
    before = _status(record.detail["before"])
    seen = prepared.cluster.node(node)
    if step.action == REMOVE and is_past_its_remove(seen, prepared.goal, in_use):
        ledger.settle({"seen": "when the run was resumed"})
        return (
            f"{begun} · the device shows a state that only follows a remove: somebody went on by hand · therefore: done"
        )
    if step.action in (JOIN, CONNECT) and was_taken_out(seen, before):
        ledger.intended = True
        ledger.end(StepResult.NOT_ACCEPTED, NotAccepted("somebody has removed the node again since"))
        return f"{begun} · the device shows that it was removed again by hand · therefore: again"
    progress.note(
        prepared.cluster.name,
        f"{node}: checking how '{step.command}' ended; this takes a minute if the node shows nothing of it",
    )
    return f"{begun} · {_operation_found(task, step, ledger, before, steps, prepared.cluster)}"


def _certs_found(ledger: StepLedger, prepared: Prepared, node: str) -> str:
    status = prepared.cluster.node(node).status
    wanted = prepared.goal.wanted[node].names
    shown = status.certificates.in_places_of(wanted) if status is not None else None
    if shown == wanted and prepared.goal.names != Naming.SAME:
        ledger.settle({"files": list(wanted.names()), "seen": "when the run was resumed"})
        return "the device shows the new files · therefore: done"
    ledger.intended = True
    ledger.end(StepResult.NOT_ACCEPTED, NotAccepted("the device does not show the new files"))
    return "the device does not show the new files · therefore: again"


def _operation_found(
    task: Task, step: Step, ledger: StepLedger, before: DatabaseStatus, steps: Steps, cluster: ObservedCluster
) -> str:
    try:
        steps.look_up(task, step, ledger, steps.awaited(task, step, step.command, before, cluster))
    except NotAccepted as error:
        return f"{error.message} · therefore: again"
    except OperationFailed as error:
        if not error.may_be_tried_again:
            raise
        ledger.end(StepResult.NOT_ACCEPTED, error)
        return f"{error.message} · therefore: again, nothing can be lost by it"
    return "the device reports that it succeeded · therefore: done"


def _summary(journal: Journal, cluster: str) -> list[str]:
    history = journal.history(cluster)
    done = sorted(history.settled - history.intended)
    return [f"{len(done)} steps have ended well", *cut_line(journal)]


def cut_line(journal: Journal) -> tuple[str, ...]:
    """Return a note if the interruption cut off the journal's last line."""
    return (
        ("its last line was cut off by the interruption and is ignored: nothing was done because of it",)
        if journal.torn
        else ()
    )


def _status(document: Mapping[str, object]) -> DatabaseStatus:
    """Return a status from the JSON of the contract, as the journal keeps it."""
    values = dict(document)
    nodes = values.pop("nodes")
    files = values.pop("certificates")
    expired = values.pop("expired")
    unknown, alarming = values.pop("unknown", None), values.pop("alarming", None)
    assert isinstance(nodes, list) and isinstance(files, dict) and isinstance(expired, list)  # noqa: S101
    return DatabaseStatus(
        **values,  # type: ignore[arg-type]
        nodes=tuple(Member(**member) for member in nodes),
        certificates=CertificateFiles(**files),
        expired=tuple(expired),
        unknown=_lines(unknown),
        alarming=_lines(alarming),
    )


def _lines(kept: object) -> tuple[str, ...]:
    return tuple(str(line) for line in kept) if isinstance(kept, list) else ()
