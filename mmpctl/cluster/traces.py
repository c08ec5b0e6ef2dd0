"""The traces that show who was master: the nodes' last commands, and the sizes and dates of their backups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from mmpctl.cluster.backups import BackupOnNode
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.times import minute

_INTO = ("database cluster join", "database cluster connect")
_ANEW = "database cluster initialize"
# Backups of one database differ a little from node to node, and grow slowly: only what cannot be chance counts.
_MUCH_LARGER = 2
_NO_TIME = datetime.min.replace(tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What the traces show of one node.

    Args:
        node: inventory name of the node that they speak for as master.
        told: one sentence without a full stop.
    """

    node: str
    told: str


def conclusions(cluster: ObservedCluster, keeper: str) -> tuple[Conclusion, ...]:
    """Return what the last commands and the backups say of who was master, in the order of the inventory.

    Args:
        cluster: all nodes, seen in one look.
        keeper: inventory name of the node whose database is to survive; backups are compared with its own.
    """
    return (*_commands(cluster), *_backups(cluster, cluster.node(keeper)))


def contradictions(cluster: ObservedCluster, keeper: str) -> tuple[str, ...]:
    """Return why the traces speak against the keeper, one sentence each with what would be lost; none if they do not.

    Args:
        cluster: all nodes, seen in one look.
        keeper: inventory name of the node whose database is to survive.
    """
    names = [cluster.masters_named_by(node) for node in cluster.databases]
    # What most databases say now counts for more than what was typed once.
    if 2 * sum(named == {keeper} for named in names) > len(names):
        return ()
    return tuple(
        f"{one.told}. With {keeper} as the keeper, data that only {one.node} holds is lost: a copy of {keeper}'s "
        "database "
        "takes its place"
        for one in conclusions(cluster, keeper)
        if one.node != keeper
    )


def _commands(cluster: ObservedCluster) -> Iterator[Conclusion]:
    followers: dict[str, list[str]] = {}
    for node in cluster.nodes:
        command = _succeeded(node)
        for start in _INTO:
            owner = cluster.owner(command.removeprefix(f"{start} "))
            if owner is not None and owner is not node:
                followers.setdefault(owner.name, []).append(node.name)
    for node in cluster.databases:
        joined, anew = followers.get(node.name), _succeeded(node) == _ANEW
        if joined:
            began = f"{node.name} was initialized, and was" if anew else f"{node.name} was"
            yield Conclusion(node.name, f"by their last commands {began} the master that {listed(joined)} joined")
        elif anew:
            yield Conclusion(node.name, f"by its last command {node.name} was initialized as the master of its cluster")


def _succeeded(node: ObservedNode) -> str:
    status = node.status
    if status is None or status.last_command is None or status.last_result != "Success":
        return ""
    return " ".join(status.last_command.split())


def _backups(cluster: ObservedCluster, keeper: ObservedNode) -> Iterator[Conclusion]:
    own = _newest(keeper)
    if own is None:
        return
    for node in cluster.databases:
        other = _newest(node)
        if other is None or node is keeper:
            continue
        (size, there), (own_size, here) = other, own
        if size >= _MUCH_LARGER * own_size and there >= here:
            yield Conclusion(
                node.name,
                f"{node.name}'s newest backup ({size} bytes, {minute(there)}) is much larger than {keeper.name}'s "
                f"({own_size} bytes, {minute(here)}) and not older: {node.name} may hold more",
            )


def _newest(node: ObservedNode) -> tuple[int, datetime] | None:
    """Size and time of a node's newest backup, by the clock of this machine as far as the node's is known."""
    if not node.backups:
        return None
    newest: BackupOnNode = max(node.backups, key=lambda backup: (backup.modified or _NO_TIME, backup.name))
    if newest.bytes is None or newest.modified is None:
        return None
    return newest.bytes, newest.modified - timedelta(seconds=node.clock_ahead or 0.0)


def listed(names: list[str]) -> str:
    """Names in a sentence: `lon-1, lon-2 and lon-3`.

    Args:
        names: in their order, one at least.
    """
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
