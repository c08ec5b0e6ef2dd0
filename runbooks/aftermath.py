"""What a stopped run leaves behind: what is safe, what is open, what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mmpctl.cluster.history import History
from mmpctl.cluster.plan import CERTS, INITIALIZE, JOIN, REMOVE
from mmpctl.cluster.status import ENABLED
from mmpctl.errors import MmpError, RefusedError, UnknownQuestion, VerificationError
from mmpctl.runbooks import outcome as codes
from mmpctl.runbooks.execute import Execution
from mmpctl.runbooks.outcome import ClusterOutcome
from mmpctl.runbooks.plan import ClusterPlan
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import Journal
from mmpctl.tasks.wait_for_state import OperationFailed

# The state of the node is not clear, or is not what it must be: going on by itself would be a guess.
_LOOK = (VerificationError, UnknownQuestion, RefusedError)


def describe(
    errors: Mapping[str, MmpError], planned: ClusterPlan, execution: Execution, journal: Journal, folder: RunFolder
) -> ClusterOutcome:
    """The outcome of a cluster whose run stopped on the way.

    Args:
        errors: what went wrong, by node.
        planned: the plan that was under way.
        execution: knows the state that was seen last.
        journal: says what was done.
        folder: the run's folder.

    Returns:
        Code 6 where the state is clear, 7 where a person must look.
    """
    execution.look()
    history = journal.history(planned.name)
    code = codes.LOOK if any(_needs_a_look(error) for error in errors.values()) else codes.STOPPED
    return ClusterOutcome(
        planned.name,
        planned.keeper.keeper,
        code,
        "stopped",
        "; ".join(str(error) for error in errors.values()),
        tuple(_advice(planned, execution, history, folder, errors)),
        execution.remaining(),
    )


def _needs_a_look(error: MmpError) -> bool:
    if isinstance(error, OperationFailed):
        return not error.state_is_clear
    if error.code == "not-reachable":
        return False
    return isinstance(error, _LOOK) or error.code == "unexpected"


def _advice(
    planned: ClusterPlan, execution: Execution, history: History, folder: RunFolder, errors: Mapping[str, MmpError]
) -> Iterator[str]:
    keeper = planned.keeper.keeper
    left = [node.name for node in planned.cluster.nodes if history.has(REMOVE, node.name)]
    if not left and not any(history.has(CERTS, node.name) for node in planned.cluster.nodes):
        yield "The cluster is as it was: no node has left it."
        return
    yield f"`mmpctl resume {folder.name}` looks at every node and goes on; what is left can be typed by hand, too."
    yield f"The good copy of the database is on {keeper}; a backup of every node is in {folder.path / 'backups'}."
    yield f"Never run `database cluster join` on {keeper}, and `database cluster initialize` on no other node."
    alone = [
        name
        for name in left
        if name != keeper and not history.has(JOIN, name) and planned.cluster.node(name).role.has_database
    ]
    if alone:
        yield (
            f"The Call Bridges of {', '.join(alone)} now run on copies of their own: "
            "what is changed there is lost when they join. Freeze provisioning until the run has ended."
        )
    status = execution.cluster.node(keeper).status
    may_go_back = status is not None and status.status == ENABLED and not history.has(INITIALIZE, keeper)
    if alone and may_go_back and status is not None and not status.expired:
        yield (
            "The old certificates are still valid: the way back is "
            f"`database cluster join {planned.goal.keeper_address}` on {', '.join(alone)}, with the old files."
        )
    for error in errors.values():
        if isinstance(error, UnknownQuestion):
            yield f"The question as it came, not answered:\n{error.text}"
