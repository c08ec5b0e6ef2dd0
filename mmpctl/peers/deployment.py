"""Which nodes work together: those of a cluster, and the servers outside it that serve its Call Bridges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """Where the inventory places a node.

    Args:
        name: of the node.
        site: None if it has none.
        cluster: its database cluster; None for a server outside.
        serves: of a server outside, the cluster whose Call Bridges use it; None if the inventory does not say.
    """

    name: str
    site: str | None = None
    cluster: str | None = None
    serves: str | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """What a node works with.

    Args:
        deployment: the name of a cluster.
        is_assumed: the inventory does not say so: it is the only cluster of the node's site, or of the fleet.
    """

    deployment: str
    is_assumed: bool = False


def memberships(locations: Iterable[Location]) -> Mapping[str, Membership]:
    """Return with what each node works, by its name; nodes of which that cannot be told are left out.

    Args:
        locations: all nodes that are looked at.
    """
    everybody = tuple(locations)
    clusters = {one.cluster for one in everybody if one.cluster is not None}
    sites: dict[str | None, set[str]] = {}
    for one in everybody:
        if one.cluster is not None:
            sites.setdefault(one.site, set()).add(one.cluster)
    found: dict[str, Membership] = {}
    for one in everybody:
        told = one.cluster or one.serves
        near = clusters if one.site is None else sites.get(one.site, set())
        if told is not None:
            found[one.name] = Membership(told)
        elif len(near) == 1:
            found[one.name] = Membership(next(iter(near)), is_assumed=True)
    return found
