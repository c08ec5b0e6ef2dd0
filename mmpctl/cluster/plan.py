"""The ordered steps from what was observed to what is wanted: a pure function, also after a stop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mmpctl.cluster import step_kinds as kinds
from mmpctl.cluster.draft import Draft, numbered
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.progress import NOTHING_DONE, History
from mmpctl.cluster.status import DISABLED
from mmpctl.cluster.step import Step, StepKey
from mmpctl.cluster.step_kinds import KINDS, ActionName
from mmpctl.cluster.target import Goal, Naming


def plan(cluster: ObservedCluster, goal: Goal, history: History = NOTHING_DONE) -> tuple[Step, ...]:
    """Return the steps that lead from the observed cluster to the goal.

    Args:
        cluster: what was observed.
        goal: what is wanted.
        history: what the run has done before; none for a new run.

    Returns:
        The steps in order; for a calm run of three nodes and a client: backups, uploads, remove of slaves and
        clients, remove of the keeper, its second backup, certs, initialize, first join, other joins, connect, verify.
    """
    return numbered(_waves(cluster, goal, history))


def _waves(cluster: ObservedCluster, goal: Goal, history: History) -> Iterator[list[Draft]]:
    nodes = [node for node in cluster.nodes if node.name not in goal.left_out]
    keeper = cluster.node(goal.keeper)
    slaves = [node for node in nodes if node.role.has_database and node.name != goal.keeper]
    clients = [node for node in nodes if not node.role.has_database]
    begun = any(history.has(ActionName.REMOVE, node.name) or history.has(ActionName.CERTS, node.name) for node in nodes)

    # A backup taken after the cluster was opened is not the backup from before: a resumed run does not take one.
    yield [
        Draft(node.name, kinds.BACKUP, (goal.snapshot,))
        for node in nodes
        if not begun and not history.has(ActionName.BACKUP, node.name)
    ]
    uploads = [_upload(node, goal) for node in nodes if not history.has(ActionName.UPLOAD, node.name)]
    if goal.names != Naming.SAME:
        yield uploads
    leaving = [Draft(node.name, kinds.REMOVE) for node in slaves if _is_in_old_cluster(node, history)]
    waves = _chunks(leaving, goal.slaves_at_once)
    clients_leaving = [Draft(node.name, kinds.REMOVE) for node in clients if _is_in_old_cluster(node, history)]
    if waves:
        waves[0] = waves[0] + clients_leaving
        yield from waves
    else:
        yield clients_leaving
    if _is_in_old_cluster(keeper, history):
        yield [Draft(keeper.name, kinds.REMOVE)]
    remade = _is_remade(keeper, history)
    if not remade and not history.has(ActionName.BACKUP, keeper.name, again=True):
        yield [Draft(keeper.name, kinds.BACKUP, (f"{goal.snapshot}-again",), again=True)]
    if goal.names == Naming.SAME:
        yield uploads
    yield [
        Draft(node.name, kinds.CERTS, goal.wanted[node.name].names.names())
        for node in nodes
        if not history.has(ActionName.CERTS, node.name)
    ]
    if not remade:
        yield [Draft(keeper.name, kinds.INITIALIZE)]
    joining = [
        Draft(node.name, kinds.JOIN, (goal.keeper_address,))
        for node in slaves
        if not (_is_remade(node, history) and history.has(ActionName.JOIN, node.name))
    ]
    # Until the first slave is in sync, the others hold the only other copies of the data.
    if any(_is_copy(node, history) for node in slaves):
        yield from _chunks(joining, goal.slaves_at_once)
    else:
        yield joining[:1]
        yield from _chunks(joining[1:], goal.slaves_at_once)
    yield [
        Draft(node.name, kinds.CONNECT, (goal.keeper_address,))
        for node in clients
        if not (_is_remade(node, history) and history.has(ActionName.CONNECT, node.name))
    ]
    yield [Draft(node.name, kinds.VERIFY) for node in nodes]


def is_opened(history: History) -> bool:
    """Return whether a run may have begun to take its cluster apart; until then, nothing that it knows is relied on.

    Args:
        history: what the run has done.
    """
    return history.has_begun(KINDS.values())


def resumed(history: History) -> History:
    """Return what a run still relies on when it is taken up again.

    Args:
        history: what it has done.
    """
    if not is_opened(history):
        # The nodes may have worked on for weeks since their backups, and files on them may have changed.
        return History(keeper=history.keeper)
    keeper = history.keeper or ""
    if StepKey(ActionName.INITIALIZE, keeper) in history.settled | history.intended:
        return history
    # So may the keeper since its second backup: until it is initialized, that is old.
    return replace(history, settled=history.settled - {StepKey(ActionName.BACKUP, keeper, again=True)})


def has_left(node: ObservedNode, history: History) -> bool:
    """Return whether a node is in no cluster: it shows it, or it says Disabled and this run has seen its remove end.

    Args:
        node: as it is seen now.
        history: what the run has done.
    """
    is_disabled = node.status is not None and node.status.status == DISABLED
    return node.has_left or (is_disabled and history.has(ActionName.REMOVE, node.name))


def _upload(node: ObservedNode, goal: Goal) -> Draft:
    return Draft(node.name, kinds.UPLOAD, goal.wanted[node.name].sent())


def _is_in_old_cluster(node: ObservedNode, history: History) -> bool:
    # `certs` is refused while clustering is enabled: a node that took them in this run has left the old cluster.
    if node.status is None or history.has(ActionName.CERTS, node.name):
        return False
    return not has_left(node, history)


def _is_remade(node: ObservedNode, history: History) -> bool:
    return history.has(ActionName.CERTS, node.name) and node.status is not None and node.status.status != DISABLED


def _is_copy(node: ObservedNode, history: History) -> bool:
    me = node.status.me if node.status else None
    return history.has(ActionName.JOIN, node.name) and me is not None and me.in_sync


def _chunks(drafts: list[Draft], size: int | None) -> list[list[Draft]]:
    width = size or max(len(drafts), 1)
    return [drafts[start : start + width] for start in range(0, len(drafts), width)]
