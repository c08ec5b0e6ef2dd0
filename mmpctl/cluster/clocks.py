"""What the nodes' clocks and releases mean for a renewal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from statistics import median

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
    whose = this_machine_ahead(node.clock_ahead for node in cluster.nodes)
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
            f"certificates are {why}, and the node would refuse them. {cure(whose)}, then try again"
        )


def clock_notes(ahead: Mapping[str, float | None]) -> Iterator[str]:
    """Yield a sentence for each node whose clock is wrong; if most likely this machine's is wrong, one for that.

    Args:
        ahead: seconds that each node's clock is ahead of this machine's, by name; None if the node shows none.
    """
    here = this_machine_ahead(ahead.values())
    if here is not None:
        yield (
            f"{this_machine_is_off(here)}: every date is judged by it. {cure(here)} before you go on, and look at the "
            "plan again"
        )
        return
    for name, seconds in ahead.items():
        if seconds is not None and is_off(seconds):
            yield f"{name}'s clock is {off_by(seconds)}: the node uses it to decide whether a certificate is valid"


def this_machine_ahead(ahead: Iterable[float | None]) -> float | None:
    """Return how far this machine's clock is ahead of the nodes', if it is the odd one out.

    That is so if at least two nodes show a clock, none of them shows this machine's time, and more than half of them
    are off by the same time.

    Args:
        ahead: seconds that the clock of each node is ahead of this machine's; None if a node shows none.

    Returns:
        Seconds; below 0 if it is behind. None if nothing speaks against this machine's clock.
    """
    shown = [seconds for seconds in ahead if seconds is not None]
    if len(shown) < 2 or not all(map(is_off, shown)):
        return None
    middle = median(shown)
    alike = sum(not is_off(seconds - middle) for seconds in shown)
    return -middle if 2 * alike > len(shown) else None


def this_machine_is_off(ahead: float) -> str:
    """Return that this machine's clock is most likely wrong, in words.

    Args:
        ahead: of `this_machine_ahead`.
    """
    off = f"{span(timedelta(seconds=ahead))} {'ahead of' if ahead > 0 else 'behind'}"
    return (
        f"this machine's clock is {off} the clocks of the nodes, which agree with each other: most likely it is wrong"
    )


def cure(this_machine: float | None) -> str:
    """Return which clock to correct.

    Args:
        this_machine: of `this_machine_ahead`.
    """
    return "Correct its clock (NTP)" if this_machine is None else "Correct the clock of this machine (NTP)"


def is_off(seconds: float) -> bool:
    """Return whether two clocks show different times.

    Args:
        seconds: between them.
    """
    return abs(seconds) > TOLERANCE.total_seconds()


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
    if not is_off(ahead):
        return "which is this machine's time"
    return f"{span(timedelta(seconds=ahead))} {'ahead of' if ahead > 0 else 'behind'} this machine's"
