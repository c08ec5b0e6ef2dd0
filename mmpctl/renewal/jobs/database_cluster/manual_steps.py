"""Steps that somebody did by hand while a run was stopped, as the devices show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.status import DISABLED, DatabaseStatus
from mmpctl.cluster.step import StepKey
from mmpctl.cluster.step_kinds import CONNECT, INITIALIZE, JOIN, ActionName, OperationKind
from mmpctl.cluster.target import Goal
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.runs.journal import Journal
from mmpctl.runs.record import Event, StepResult
from mmpctl.tasks.awaited import NotAccepted
from mmpctl.tasks.awaited_status import AwaitedStatus


def done_by_hand(now: ObservedCluster, goal: Goal, in_use: Mapping[str, Sequence[str]], journal: Journal) -> list[str]:
    """Find the steps that this run did not do, and that the devices show as done with its files.

    Args:
        now: the cluster as it is seen now.
        goal: what the run wants.
        in_use: the names of the files that each node used when the run began.
        journal: the run's; is told of each step.

    Returns:
        One line for each step.
    """
    found = []
    history = journal.history(now.name)
    for node in now.nodes:
        status, wanted = node.status, goal.wanted.get(node.name)
        if status is None or wanted is None or status.certificates.in_places_of(wanted.names) != wanted.names:
            continue
        kind, payload = _last_step(node, goal)
        action = kind.name
        awaited = AwaitedStatus(kind, kind.command(*payload), DatabaseStatus(DISABLED))
        unnamed = not now.names_commands and status.last_command is None and awaited.at_target(status)
        reached = awaited.reached(status) or (unnamed and not status.alarming)
        keys: tuple[str, ...] = (ActionName.CERTS, action) if reached else (ActionName.CERTS,)
        if tuple(in_use.get(node.name, ())) == wanted.names.names():
            # Names that were in use before show no `certs`, for a cluster works on copies; what follows it shows.
            keys = (action,) if reached and history.has(ActionName.CERTS, node.name) else ()
        for key in keys:
            if not history.has(key, node.name) and not history.was_intended(key, node.name):
                journal.append(
                    Event.OUTCOME,
                    now.name,
                    node=node.name,
                    step=str(StepKey(key, node.name)),
                    result=StepResult.DONE,
                    detail={"seen": True},
                )
                found.append(
                    f"the journal has no {key} of {node.name} · the device shows it as done, with the new "
                    "files · therefore: done"
                )
    return found


def is_past_its_remove(node: ObservedNode, goal: Goal, in_use: Sequence[str]) -> bool:
    """Whether somebody went on by hand after a remove whose end nobody saw: `certs` is taken outside a cluster only.

    Args:
        node: as it is seen now.
        goal: what the run wants.
        in_use: the names of the files that the node used when the run began.
    """
    status, wanted = node.status, goal.wanted[node.name]
    # Names that were in use before show nothing.
    new = wanted.names.names() != tuple(in_use)
    return new and status is not None and status.certificates.in_places_of(wanted.names) == wanted.names


def taken_out(node: ObservedNode, before: DatabaseStatus, ledger: StepLedger) -> str | None:
    """Tell the journal if somebody has taken a node out again by hand, after a join or connect of the run.

    Args:
        node: as it is seen now.
        before: its status right before the join or connect was sent.
        ledger: the journal's records of the join or connect.

    Returns:
        What the device shows and what follows; None if nobody has.
    """
    if not node.has_left or node.status is None or node.status.last_command == before.last_command:
        return None
    ledger.intended = True
    ledger.end(StepResult.NOT_ACCEPTED, NotAccepted("somebody has removed the node again since"))
    return "the device shows that it was removed again by hand · therefore: again"


def _last_step(node: ObservedNode, goal: Goal) -> tuple[OperationKind, tuple[str, ...]]:
    if node.name == goal.keeper:
        return INITIALIZE, ()
    return (JOIN if node.role.has_database else CONNECT), (goal.keeper_address,)
