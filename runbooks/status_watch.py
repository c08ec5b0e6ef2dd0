"""The status again and again: what has changed from one look to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event

from nornir.core import Nornir

from mmpctl.audit.node_status import NodeStatus
from mmpctl.cluster.verdict import Health
from mmpctl.fleet.run_on import close_all
from mmpctl.inventory.nodes import Node
from mmpctl.runbooks import status
from mmpctl.runbooks.status import StatusReport


def run(
    nr: Nornir,
    seconds: float,
    shown: Callable[[StatusReport, tuple[str, ...]], None],
    ended: Event | None = None,
    everybody: Sequence[Node] | None = None,
) -> None:
    """Look at the nodes until it is ended, one look after the other, on connections that stay open.

    Args:
        nr: filtered by the caller.
        seconds: from the end of a look to the next.
        shown: called after each look with what was seen, and with what has changed since the look before.
        ended: ends it when it is set; without it, an exception does.
        everybody: all nodes of the inventory, where `nr` may hold some of them only.
    """
    until = ended or Event()
    last: StatusReport | None = None
    try:
        while not until.is_set():
            now = status.run(nr, before=last, keep_open=True, everybody=everybody)
            shown(now, changes(last, now) if last else ())
            last = now
            until.wait(seconds)
    finally:
        close_all(nr)


def changes(before: StatusReport, after: StatusReport) -> tuple[str, ...]:
    """Return what is otherwise than before, one line for each node or cluster.

    Args:
        before: the look before.
        after: this look.
    """
    then, found = before.nodes, []
    verdicts = {cluster.name: cluster.verdict for cluster in before.clusters}
    for cluster in after.clusters:
        for node in cluster.nodes:
            was, now = told(then[node.node.name]), told(node)
            if was != now:
                found.append(f"{node.node.name}: {was} → {now}")
        if cluster.name is not None and verdicts[cluster.name] != cluster.verdict:
            rest = " again" if cluster.healthy else " any more" if verdicts[cluster.name] == Health.HEALTHY else ""
            found.append(f"{cluster.name}: is {cluster.verdict}{rest}")
    return tuple(found)


def told(node: NodeStatus) -> str:
    """Return a node's state in a few words.

    Args:
        node: as it was seen.
    """
    if node.status is None:
        return "not seen" if not node.reachable else "not understood"
    me = node.status.me
    expired = f", {len(node.status.expired)} files expired" if node.status.expired else ""
    return f"{node.status.status}{f': {me.state}' if me else ''}{expired}"
