"""What tells on this machine that files on nodes are wanted, although nothing on these nodes names them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mmpctl.inventory.deployments import group_of_node
from mmpctl.inventory.nodes import Node
from mmpctl.leftovers.node_files import KnownHere
from mmpctl.runs.state import accounted, unfinished
from mmpctl.signing.open_requests import requested_keys


@dataclass(frozen=True, slots=True)
class Sources:
    """What tells, on this machine, which files are wanted although nothing on a node names them.

    Args:
        runs: the folder of all runs: where one has not ended, nothing may be deleted.
        requests: a folder of requests, whose keys wait for certificates.
        over: runs of other machines on which nobody works any more.
    """

    runs: Path = Path("runs")
    requests: Path | None = None
    over: frozenset[str] = frozenset()


def known_here(nodes: Iterable[Node], sources: Sources) -> KnownHere:
    """Return what this machine knows of the files on nodes: requests that wait, runs that have not ended.

    Args:
        nodes: that are looked at.
        sources: where it is known from.

    Raises:
        UsageError: the folders cannot be read.
    """
    keys = requested_keys(sources.requests) if sources.requests else {}
    # A run of services is of the servers without a cluster too, and leaves its mark on them.
    groups = {node.name: group_of_node(node) for node in nodes}
    begun = {group: unfinished(sources.runs, group) for group in set(groups.values())}
    ended = {group: accounted(sources.runs, group) | sources.over for group in begun}
    return KnownHere(
        keys,
        {name: run for name, group in groups.items() if (run := begun[group]) is not None},
        {name: ended[group] for name, group in groups.items()},
    )
