"""Members that no node shows, because all are Disabled, and the traces that they leave."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmpctl.cluster.marks import run_of_backup
from mmpctl.cluster.observed import ObservedCluster, folded
from mmpctl.cluster.traces import listed

_SIZES = (3, 5)
_MOST = 5
_NUMBER = re.compile(r"\d+")
_LETTER = re.compile(r"[a-z]")
_HOST_NAME = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")
# `cms3.9` and `cms3_10` are releases, and no nodes.
_NO_RELEASE = r"(?![._-]\d{1,2}(?!\d))"


def shows_members(cluster: ObservedCluster) -> bool:
    """Tell whether any node lists the members of its cluster.

    Args:
        cluster: what was observed.
    """
    return any(node.status.nodes for node in cluster.nodes if node.status is not None)


def unseen_members(cluster: ObservedCluster) -> Iterator[str]:
    """Yield the signs of a node that the inventory lacks and no list of members shows, one sentence each.

    Args:
        cluster: what was observed.
    """
    if shows_members(cluster):
        return
    yield (
        f"no node lists the members of its cluster: whether the inventory has all nodes of {cluster.name} cannot be "
        "seen. Count them: a node that is missing is not renewed, and stays behind with a database of its own"
    )
    count = len(cluster.databases)
    if count not in _SIZES:
        nodes = "one database" if count == 1 else f"{count} databases"
        yield f"the inventory has {nodes} in {cluster.name}; a database cluster has three, or five"
    for node in cluster.nodes:
        words = ((node.status.last_command if node.status else None) or "").split()
        if words[:2] == ["database", "cluster"] and words[2:3] in (["join"], ["connect"]):
            address = " ".join(words[3:])
            if cluster.owner(address) is None:
                yield (
                    f"{node.name}'s last command is '{' '.join(words)}', and {address} is no node of the inventory's "
                    f"cluster {cluster.name}: find out which node that is"
                )
    yield from _named_by_certificates(cluster)
    yield from _named_by_backups(cluster)


def doubtful_names(cluster: ObservedCluster) -> frozenset[str]:
    """The names within the certificates in use that are like a node's name with another number, and are no node's.

    A certificate names much that is no node: its cluster, a load balancer, `postgres`. What is numbered as the nodes
    are is told, and nothing else; of many names the first few, for no cluster has more nodes.

    Args:
        cluster: what was observed; where a node lists the members, nothing is doubtful.
    """
    if shows_members(cluster):
        return frozenset()
    known = _labels(cluster)
    shapes = _shapes(cluster)
    names = {name.casefold() for node in cluster.nodes for name in node.names_in_use}
    doubtful = [
        name
        for name in sorted(names)
        if _HOST_NAME.fullmatch(name) and _label(name) not in known and _shape(_label(name)) in shapes
    ]
    return frozenset(doubtful[:_MOST])


def _named_by_certificates(cluster: ObservedCluster) -> Iterator[str]:
    ours = frozenset[str]().union(*(folded(node.known_as) for node in cluster.nodes))
    names: dict[str, str] = {}
    for name in sorted(doubtful_names(cluster)):
        # A name of its own for a node that is known otherwise.
        if not folded(cluster.aliases.get(name, ())) & ours:
            names[_label(name)] = name
    for name in sorted(names.values()):
        users = [node.name for node in cluster.nodes if name in folded(node.names_in_use)]
        yield f"the certificates in use on {listed(users)} name {_stranger(cluster, name)}"


def _named_by_backups(cluster: ObservedCluster) -> Iterator[str]:
    known = _labels(cluster)
    shapes = {_NUMBER.sub(lambda found: rf"\d{{{len(found[0])}}}", re.escape(name)) for name in _numbered(cluster)}
    told: dict[str, str] = {}
    for shape in sorted(shapes):
        pattern = re.compile(rf"(?<![a-z0-9]){shape}(?![a-z0-9]){_NO_RELEASE}")
        for node in cluster.nodes:
            for backup in node.backups or ():
                found = () if run_of_backup(backup.name) else pattern.findall(backup.name.casefold())
                for name in found:
                    # One of a node's many backups is enough.
                    told.setdefault(name, f"the backup {backup.name} on {node.name} is named after")
    for name in sorted(told.keys() - known)[:_MOST]:
        yield f"{told[name]} {_stranger(cluster, name)}"


def _stranger(cluster: ObservedCluster, name: str) -> str:
    return (
        f"{name}, which is not in the inventory of {cluster.name}: if the cluster has such a node, add it to the "
        "inventory first"
    )


def _called(cluster: ObservedCluster) -> Iterator[str]:
    for node in cluster.nodes:
        yield from (node.name, node.hostname, node.called, node.db_address, *node.known_as)


def _labels(cluster: ObservedCluster) -> frozenset[str]:
    """Return the first labels of all names that are known, of nodes of other clusters too."""
    return frozenset(_label(name.casefold()) for name in (*_called(cluster), *cluster.elsewhere))


def _numbered(cluster: ObservedCluster) -> frozenset[str]:
    """Return the first labels of the nodes' names, but of addresses; one without a number is like no other."""
    labels = (_label(name.casefold()) for name in _called(cluster) if _HOST_NAME.fullmatch(name.casefold()))
    return frozenset(label for label in labels if _LETTER.search(label))


def _shapes(cluster: ObservedCluster) -> frozenset[str]:
    return frozenset(_shape(label) for label in _numbered(cluster))


def _shape(label: str) -> str:
    return _NUMBER.sub("#", label)


def _label(name: str) -> str:
    return name.partition(".")[0]
