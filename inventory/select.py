"""Which nodes of the inventory a command is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nornir.core import Nornir
from nornir.core.inventory import Host

from mmpctl.cluster.role import ROLE_WORDS, Role, role_of
from mmpctl.errors import UsageError
from mmpctl.inventory.mistakes import did_you_mean
from mmpctl.inventory.nodes import nodes_of

_MOST_TOLD = 20
# What Nornir keeps on a host besides its data, and filters by as well.
_ATTRIBUTES = ("name", "hostname", "port", "platform", "username")


def select(
    nr: Nornir,
    *,
    sites: Sequence[str] = (),
    clusters: Sequence[str] = (),
    roles: Sequence[str] = (),
    hosts: Sequence[str] = (),
    filters: Sequence[str] = (),
) -> Nornir:
    """Return a Nornir object with some of the nodes: within one argument any value fits, and all arguments must.

    Args:
        nr: with the whole, checked inventory.
        sites: values of `site`.
        clusters: values of `cluster`.
        roles: `master`, `slave`, `client`; `primary` and `replica` mean the first two.
        hosts: names in the inventory.
        filters: `KEY=VALUE` over all data keys, inherited ones too; `a__b` looks into a block, and a
            list fits when it holds the value. Values of the same key are alternatives.

    Returns:
        a copy that shares its hosts with `nr`; `nr` itself where nothing is asked for.

    Raises:
        UsageError: a value that no node has, or nobody is left; the message lists the known values.
    """
    nodes = {node.name: node for node in nodes_of(nr)}
    wanted_roles = {_role(word) for word in roles}
    _known("site", sites, (node.site for node in nodes.values()))
    _known("cluster", clusters, (node.cluster for node in nodes.values()))
    _known("host", hosts, nodes)
    by_key = _filters(nr, filters)
    if not (sites or clusters or roles or hosts or filters):
        return nr

    def fits(host: Host) -> bool:
        node = nodes[host.name]
        return (
            (not sites or node.site in sites)
            and (not clusters or node.cluster in clusters)
            and (not wanted_roles or node.role in wanted_roles)
            and (not hosts or node.name in hosts)
            and all(any(_fits(host, key, value) for value in values) for key, values in by_key.items())
        )

    chosen = nr.filter(filter_func=fits)
    if not chosen.inventory.hosts:
        raise _nobody(nr)
    return chosen


def require_whole_clusters(nr: Nornir, chosen: Nornir) -> None:
    """Make sure that a selection holds each of its clusters whole, for what works on clusters.

    Args:
        nr: with the whole inventory.
        chosen: what `select` left of it; nodes without a cluster are no part of this.

    Raises:
        UsageError: nodes of a cluster are missing, which the message names; or there is no cluster.
    """
    every, selected = nodes_of(nr), set(chosen.inventory.hosts)
    touched = {node.cluster for node in every if node.name in selected and node.cluster is not None}
    if not touched:
        names = _list(node.cluster for node in every)
        raise UsageError(
            "no database cluster is selected", code="selection", advice=f"The clusters are {names}." if names else ""
        )
    missing: dict[str, list[str]] = {}
    for node in every:
        if node.cluster in touched and node.cluster is not None and node.name not in selected:
            missing.setdefault(node.cluster, []).append(node.name)
    if missing:
        told = "; ".join(f"{cluster} without {', '.join(names)}" for cluster, names in missing.items())
        raise UsageError(
            f"only a part of a cluster is selected: {told}",
            code="selection",
            advice="This command works on whole clusters: name them with --cluster. To leave out a dead slave or "
            "client, use --leave-out.",
        )


def require_masters(nr: Nornir, leave_out: Iterable[str]) -> None:
    """Make sure that no master is left out.

    Args:
        nr: the nodes that were selected.
        leave_out: names of those to go on without.

    Raises:
        UsageError: one of them is the master of its cluster.
    """
    named = frozenset(leave_out)
    for node in nodes_of(nr):
        if node.role is Role.MASTER and node.name in named:
            raise UsageError(
                f"--leave-out {node.name}: it is the master of {node.cluster}",
                advice="A renewal keeps its database, and never goes on without it. Leave out slaves or clients only.",
            )


def _role(word: str) -> Role:
    try:
        return role_of(word)
    except KeyError:
        raise _unknown("role", word, ROLE_WORDS) from None


def _known(option: str, words: Iterable[str], known: Iterable[str | None]) -> None:
    values = {value for value in known if value is not None}
    for word in words:
        if word not in values:
            raise _unknown(option, word, values)


def _unknown(option: str, word: str, known: Iterable[str]) -> UsageError:
    listed = _list(known)
    hint = did_you_mean(word, known)
    advice = f"Known {option}s: {listed}." if listed else f"No node has a {option}."
    return UsageError(
        f"no node has the {option} {word!r}", code="selection", advice=f"{hint} {advice}" if hint else advice
    )


def _nobody(nr: Nornir) -> UsageError:
    nodes = nodes_of(nr)
    known = {
        "sites": _list(node.site for node in nodes),
        "clusters": _list(node.cluster for node in nodes),
        "roles": _list(node.role.value for node in nodes if node.role),
        "hosts": _list(node.name for node in nodes),
    }
    told = "; known ".join(f"{option}: {values}" for option, values in known.items() if values)
    return UsageError("no node matches all the given options", code="selection", advice=f"Known {told}.")


def _list(values: Iterable[str | None]) -> str:
    words = sorted({value for value in values if value})
    more = f" and {len(words) - _MOST_TOLD} more" if len(words) > _MOST_TOLD else ""
    return ", ".join(words[:_MOST_TOLD]) + more


def _filters(nr: Nornir, filters: Iterable[str]) -> dict[str, list[str]]:
    """Return the values by key, after making sure that each fits some node."""
    by_key: dict[str, list[str]] = {}
    hosts = tuple(nr.inventory.hosts.values())
    for text in filters:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageError(
                f"--filter {text!r} is not KEY=VALUE", code="selection", advice="Write it like --filter rack=7."
            )
        held = [each for host in hosts for each in _held(host, key)]
        if not held:
            keys = {str(each) for host in hosts for each in host} | set(_ATTRIBUTES)
            raise _unknown("key", key, keys)
        if not any(_fits(host, key, value) for host in hosts):
            raise _unknown(key, value, held)
        by_key.setdefault(key, []).append(value)
    return by_key


def _fits(host: Host, key: str, value: str) -> bool:
    held = _held(host, key)
    if key == "role" and value in ROLE_WORDS:
        return any(word in ROLE_WORDS and role_of(word) is role_of(value) for word in held)
    return value in held


def _held(host: Host, key: str) -> tuple[str, ...]:
    """Return what a host has under a key, as words: the members of a list, else the one value."""
    first, *inner = key.split("__")
    value: Any = getattr(host, first) if first in _ATTRIBUTES else host.get(first) if first in host else None
    for step in inner:
        value = value.get(step) if isinstance(value, Mapping) else None
    values = value if isinstance(value, list) else [value]
    # NetBox says a slug and a name of its things: both are words for them.
    named = ((one.get("slug"), one.get("name")) if isinstance(one, Mapping) else (one,) for one in values)
    return tuple(_word(each) for words in named for each in words if each is not None)


def _word(value: object) -> str:
    # As it stands in YAML.
    return str(value).lower() if isinstance(value, bool) else str(value)
