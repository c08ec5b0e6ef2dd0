"""Where the good copy of a stopped cluster's database is, and what may be typed and what must not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mmpctl.cluster.guards import SWAPPED
from mmpctl.cluster.keeper import emptied
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.progress import History
from mmpctl.cluster.status import ENABLED
from mmpctl.cluster.step import Step
from mmpctl.cluster.step_kinds import REMOVE_COMMAND, ActionName
from mmpctl.cluster.target import Naming
from mmpctl.errors import MmpError
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.jobs.database_cluster.actions import INSTRUCTIONS
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.renewal.jobs.database_cluster.preparation import Prepared
from mmpctl.renewal.step_journal import endings
from mmpctl.renewal.stopped import Rest, finished_by_hand, home_by_hand, rest_of
from mmpctl.runs.folder import RunFolder


def rest_of_cluster(run: RunContext, prepared: Prepared, steps: tuple[Step, ...]) -> Rest:
    """Return what is left of a cluster, as steps and as the procedure by hand.

    Args:
        run: the run.
        prepared: the cluster as it was seen, its goal and the files.
        steps: that are left.
    """
    name = prepared.cluster.name
    facts = prepared.facts(home_by_hand(run.folder), run.journal.history(name), endings(run.journal, name))
    return rest_of(run, facts, steps, INSTRUCTIONS)


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


def safety(
    planned: ClusterPlan, seen: ObservedCluster, history: History, folder: RunFolder, errors: Mapping[str, MmpError]
) -> Iterator[str]:
    """Yield what is safe now, what must not be typed, and what to do next, one line each.

    Args:
        planned: the plan that was running.
        seen: the cluster as it is seen now.
        history: what the journal says that the run has done.
        folder: the run's folder.
        errors: what went wrong, by node.
    """
    nodes = [node.name for node in planned.cluster.nodes]
    left = [name for name in nodes if history.has(ActionName.REMOVE, name)]
    # Of a remove that was started and whose end nobody saw, the node may be out as well.
    if any(error.code == SWAPPED for error in errors.values()) and not any(_gave_up(name, history) for name in nodes):
        yield from _swapped(planned, folder)
    elif left or any(_may_be_out(name, history) for name in nodes):
        yield from _apart(planned, seen, history, folder, left)
    else:
        yield "The cluster is as it was: no node has left it."


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


def checked(folder: RunFolder) -> tuple[str, ...]:
    """Return what to do with a cluster whose check failed after all steps were done, one line each.

    Args:
        folder: the run's folder.
    """
    return "`mmpctl status` shows how it is now.", f"The backups are in {folder.path / 'backups'}."
