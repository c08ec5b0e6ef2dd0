"""What a stopped run leaves behind: what is safe, what is open, what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mmpctl import exit_codes as codes
from mmpctl.cluster.guards import SWAPPED
from mmpctl.cluster.keeper import emptied
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.progress import History
from mmpctl.cluster.status import ENABLED
from mmpctl.cluster.step import Step
from mmpctl.cluster.step_kinds import REMOVE_COMMAND, ActionName
from mmpctl.cluster.target import Naming
from mmpctl.documents.procedure import ProcedureDocument
from mmpctl.errors import HostKeyError, MmpError, RefusedError, UnknownQuestion, VerificationError
from mmpctl.procedure import by_hand
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.jobs.database_cluster.actions import INSTRUCTIONS
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.step_journal import endings
from mmpctl.reports.procedure_text import text
from mmpctl.runs.disk import write_private
from mmpctl.runs.ending import Ending
from mmpctl.runs.folder import RunFolder
from mmpctl.tasks.awaited import OperationFailed

# The state of the node is not clear, or is not what it must be: going on by itself would be a guess.
_LOOK = (VerificationError, UnknownQuestion, RefusedError, HostKeyError)


def describe(
    run: RunContext,
    planned: ClusterPlan,
    seen: ObservedCluster,
    remaining: tuple[Step, ...],
    errors: Mapping[str, MmpError],
) -> UnitOutcome:
    """Return the outcome of a cluster whose run stopped on the way.

    Args:
        run: the run; the rest of the procedure by hand is put into its folder, too.
        planned: the plan that was running.
        seen: the cluster as it is seen now.
        remaining: the steps that are left.
        errors: what went wrong, by node.

    Returns:
        Code 6 where the state is clear, 7 where a person must look.
    """
    folder, journal = run.folder, run.journal
    history = journal.history(planned.name)
    home = (folder.path / "by-hand").absolute()
    facts = planned.prepared.facts(home, history, endings(journal, planned.name))
    rest = by_hand.document(run.nr, facts, remaining, run.watch.clock(), INSTRUCTIONS)
    needs_a_look = any(_needs_a_look(error) for error in errors.values())
    return UnitOutcome(
        planned.unit,
        Ending.STOPPED,
        _why(errors),
        (*_advice(planned, seen, history, folder, errors), keep(rest, folder)),
        remaining,
        rest,
        more=codes.LOOK if needs_a_look else None,
    )


def by_hand_file(folder: RunFolder, cluster: str) -> Path:
    """Where the rest of a procedure by hand is kept: `by-hand.txt`, with the cluster's name if a run has several.

    Args:
        folder: the run's.
        cluster: the cluster's name.
    """
    several = len(folder.request["clusters"]) > 1
    return folder.path / (f"by-hand-{cluster}.txt" if several else "by-hand.txt")


def keep(rest: ProcedureDocument, folder: RunFolder) -> str:
    """Write the rest of a procedure by hand into the run's folder, and return a sentence that names the file.

    Args:
        rest: the procedure.
        folder: the run's.
    """
    file = by_hand_file(folder, rest["cluster"])
    try:
        write_private(file, text(rest).encode())
    except OSError as error:
        return (
            f"The remaining steps, to be typed by hand, could not be written to {file} ({error.strerror}). Keep "
            "the text that is shown here."
        )
    return f"The remaining steps, to be typed by hand, are in {file}."


def kept_before(folder: RunFolder, cluster: str) -> tuple[str, ...]:
    """Return a sentence that names the procedure by hand of an earlier stop; none if there is none.

    Args:
        folder: the run's.
        cluster: the cluster's name.
    """
    file = by_hand_file(folder, cluster)
    return (f"The steps that remained when the run stopped, to be typed by hand, are in {file}.",) * file.is_file()


def with_rest_kept(outcome: UnitOutcome, folder: RunFolder, *, write: bool) -> UnitOutcome:
    """Return the outcome of a resume's look with where the procedure by hand lies, if it has one.

    Args:
        outcome: of one cluster.
        folder: the run's.
        write: the run goes on: otherwise its folder stays as it was, with what an earlier stop left.
    """
    if outcome.by_hand is None:
        return outcome
    told = (keep(outcome.by_hand, folder),) if write else kept_before(folder, outcome.name)
    return replace(outcome, advice=(*outcome.advice, *told))


def finished_by_hand(folder: RunFolder) -> str:
    """Return how to close a run that was finished by hand, if the devices cannot show that it was.

    Args:
        folder: the run's.
    """
    return (
        "If it was finished by hand and `mmpctl status` shows it healthy, close this run with `mmpctl runs "
        f"--close {folder.name} --reason TEXT`."
    )


def whereabouts(cluster: ObservedCluster | None, keeper: str, folder: RunFolder) -> tuple[str, ...]:
    """Return where the good copy of the database is, and what must not be typed because of it.

    Args:
        cluster: as it was seen last; None if it could not be looked at.
        keeper: inventory name of the node whose database survives.
        folder: the run's folder.
    """
    backups = folder.path / "backups"
    if cluster is not None and emptied(cluster, cluster.node(keeper)):
        return (
            f"It is not known whether {keeper} still has its database. A backup of every node is in {backups}.",
            ("Do not join or initialize any node before a person has found out which node holds the right database."),
        )
    return (
        f"The good copy of the database is on {keeper}. A backup of every node is in {backups}.",
        (
            f"Never run `database cluster join` on {keeper}, and never run `database cluster initialize` on "
            "another node."
        ),
    )


def _why(errors: Mapping[str, MmpError]) -> str:
    # What several nodes report alike is told once.
    nodes: dict[str, list[str]] = {}
    for node, error in errors.items():
        nodes.setdefault(error.told, []).append(error.node or node)
    return "; ".join(f"{', '.join(names)}: {told}" for told, names in nodes.items())


def _needs_a_look(error: MmpError) -> bool:
    if isinstance(error, OperationFailed):
        return not error.state_is_clear
    if error.code == "not-reachable":
        return False
    return isinstance(error, _LOOK) or error.code == "unexpected"


def _advice(
    planned: ClusterPlan, seen: ObservedCluster, history: History, folder: RunFolder, errors: Mapping[str, MmpError]
) -> Iterator[str]:
    nodes = [node.name for node in planned.cluster.nodes]
    left = [name for name in nodes if history.has(ActionName.REMOVE, name)]
    # Of a remove that was started and whose end nobody saw, the node may be out as well.
    if any(error.code == SWAPPED for error in errors.values()) and not any(_gave_up(name, history) for name in nodes):
        yield from _swapped(planned, folder)
    elif left or any(
        history.was_intended(ActionName.REMOVE, name) or history.has(ActionName.CERTS, name) for name in nodes
    ):
        yield from _apart(planned, seen, history, folder, left)
    else:
        yield "The cluster is as it was: no node has left it."
    questions = [error.text for error in errors.values() if isinstance(error, UnknownQuestion)]
    for question in dict.fromkeys(questions):
        yield f"The question that the node asked, not answered:\n{question}"


def _may_be_out(name: str, history: History) -> bool:
    return history.was_intended(ActionName.REMOVE, name) or history.has(ActionName.CERTS, name)


def _gave_up(name: str, history: History) -> bool:
    # With the beginning of a join, the copy is gone.
    return history.has(ActionName.JOIN, name) or history.was_intended(ActionName.JOIN, name)


def _swapped(planned: ClusterPlan, folder: RunFolder) -> Iterator[str]:
    """Yield the advice for a master that may not be the machine that the operator meant."""
    keeper = planned.keeper.keeper
    yield (
        "No node has lost its database: nothing was joined. A backup of every node is in "
        f"{folder.path / 'backups'}, in a folder with the node's inventory name."
    )
    yield (
        f"The master of the new cluster is the machine that the inventory calls {keeper}. Before anything is "
        "joined, find out whether it holds the database that must survive."
    )
    yield (
        "If it does, only db_address is wrong: correct it in the inventory, then go on with `mmpctl resume "
        f"{folder.name}`."
    )
    yield (
        f"If it does not, type `{REMOVE_COMMAND}` on it, close this run (`mmpctl runs --close {folder.name} "
        "--reason TEXT`), correct the addresses in the inventory, swap the two nodes' folders of new "
        "certificates (each node has the other's files by now), and start a new renewal."
    )


def _apart(
    planned: ClusterPlan, seen: ObservedCluster, history: History, folder: RunFolder, left: Sequence[str]
) -> Iterator[str]:
    keeper = planned.keeper.keeper
    yield (
        f"`mmpctl resume {folder.name}` looks at every node and goes on. The remaining steps can also be typed by hand."
    )
    if planned.goal.names == Naming.SAME:
        # Names that were in use before show nothing.
        yield finished_by_hand(folder)
    yield from whereabouts(seen, keeper, folder)
    alone = [
        name
        for name in left
        if name != keeper and planned.cluster.node(name).role.has_database and not _gave_up(name, history)
    ]
    if alone:
        yield (
            f"The Call Bridges of {', '.join(alone)} now run on their own copies of the database: changes "
            "made there are lost when they join. Freeze provisioning until the run has ended."
        )
    without = [
        name
        for name in left
        if not planned.cluster.node(name).role.has_database and not history.has(ActionName.CONNECT, name)
    ]
    if without:
        yield f"{', '.join(without)}: the Call Bridge has no database to work with until it is connected again."
    status = seen.node(keeper).status
    may_go_back = status is not None and status.status == ENABLED and not history.has(ActionName.INITIALIZE, keeper)
    back = [(ActionName.JOIN, alone), (ActionName.CONNECT, without)]
    if may_go_back and status is not None and not status.expired and (alone or without):
        address = planned.goal.keeper_address
        told = (f"`database cluster {verb} {address}` on {', '.join(names)}" for verb, names in back if names)
        yield f"The old certificates are still valid: the way back is {' and '.join(told)}, with the old files."
