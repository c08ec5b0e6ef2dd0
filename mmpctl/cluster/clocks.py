"""What the nodes' clocks and releases mean for a renewal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from mmpctl.cluster.durations import span
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.target import Goal
from mmpctl.times import minute

TOLERANCE = timedelta(minutes=5)


def not_valid_there(cluster: ObservedCluster, goal: Goal, now: datetime) -> Iterator[str]:
    """Yield a sentence for each node whose clock shows a time at which the new certificates are not valid.

    Args:
        cluster: what was observed.
        goal: names the certificates of each node, with their validity.
        now: the time, aware.
    """
    for node in cluster.nodes:
        wanted = goal.wanted.get(node.name)
        if wanted is None or node.clock_ahead is None:
            continue
        there = now + timedelta(seconds=node.clock_ahead)
        if wanted.valid_from is not None and there < wanted.valid_from:
            why = f"not valid before {minute(wanted.valid_from)}"
        elif wanted.valid_until is not None and there > wanted.valid_until:
            why = f"expired since {minute(wanted.valid_until)}"
        else:
            continue
        yield (
            f"{node.name}'s clock shows {minute(there)}, {off_by(node.clock_ahead)}: by that clock the new "
            f"certificates are {why}, and the node would refuse them. Correct its clock (NTP), then try again"
        )


def clock_notes(cluster: ObservedCluster) -> Iterator[str]:
    """Yield a sentence for each node whose clock is wrong.

    Args:
        cluster: what was observed.
    """
    for node in cluster.nodes:
        if node.clock_ahead is not None and abs(node.clock_ahead) > TOLERANCE.total_seconds():
            yield (
                f"{node.name}'s clock is {off_by(node.clock_ahead)}: the node uses it to decide whether a "
                "certificate is valid"
            )


def release_notes(cluster: ObservedCluster) -> Iterator[str]:
    """Yield a sentence if the nodes run different releases; nodes with an unknown release are left out.

    Args:
        cluster: what was observed.
    """
    nodes: dict[str, list[str]] = {}
    for node in cluster.nodes:
        if node.release is not None:
            nodes.setdefault(node.release, []).append(node.name)
    if len(nodes) > 1:
        told = "; ".join(f"{release} on {', '.join(names)}" for release, names in nodes.items())
        yield f"the nodes run different releases ({told}): make sure that this is intended before you renew"


def off_by(ahead: float) -> str:
    """Return how far a clock is off, in words.

    Args:
        ahead: seconds that it is ahead of this machine's.
    """
    if abs(ahead) <= TOLERANCE.total_seconds():
        return "which is this machine's time"
    return f"{span(timedelta(seconds=ahead))} {'ahead of' if ahead > 0 else 'behind'} this machine's"
