"""What changed between two audits. Pure: documents in, changes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mmpctl.documents.history import ChangedSide
from mmpctl.documents.kept import KeptAudit, KeptCertificate, KeptCluster, KeptNode
from mmpctl.enums import Word
from mmpctl.history.findings import Findings, findings_of
from mmpctl.severity import Severity, rank, worst


class Kind(Word):
    """What kind of change it is; those that need somebody come first."""

    WORSE = "worse"
    UNSEEN = "not seen"
    GONE = "gone"
    REPLACED = "replaced"
    NEW = "new"
    SEEN = "seen again"
    RENEWED = "renewed"
    BETTER = "better"


_ORDER: Final = tuple(Kind)


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    Args:
        kind: what kind of change it is.
        cluster: where; None for a node without one.
        node: where; None for a whole cluster.
        use: of the certificate, or the id of a finding of a whole node or cluster; None if these came, went, or were
            seen.
        before: what was there: severity, end and serial, as far as known.
        after: what is there now, likewise.
    """

    kind: Kind
    cluster: str | None
    node: str | None
    use: str | None
    before: ChangedSide | None
    after: ChangedSide | None


def changes(before: KeptAudit, after: KeptAudit, last_seen: Mapping[str, KeptNode] | None = None) -> tuple[Change, ...]:
    """Return what changed between two audits of the same part of an inventory.

    Args:
        before: the document of the earlier audit.
        after: that of the later one.
        last_seen: nodes that the earlier audit did not see, as an audit before it saw them, by name.
    """
    found: list[Change] = []
    old_clusters, new_clusters = _clusters(before), _clusters(after)
    for name in dict.fromkeys((*new_clusters, *old_clusters)):
        found += _cluster(name, old_clusters.get(name), new_clusters.get(name))
    old, new = _nodes(before), _nodes(after)
    for name in dict.fromkeys((*new, *old)):
        found += _node(old.get(name), new.get(name), (last_seen or {}).get(name))
    return tuple(sorted(found, key=_place))


def missing(before: KeptAudit, after: KeptAudit) -> frozenset[str]:
    """The nodes that the later audit saw, and the earlier one did not: what they were like, older audits may tell.

    Args:
        before: the document of the earlier audit.
        after: that of the later one.
    """
    old = _nodes(before)
    return frozenset(
        name for name, (_, node) in _nodes(after).items() if node["reachable"] and name in old and not _seen(old[name])
    )


def seen_in(document: KeptAudit, names: frozenset[str]) -> dict[str, KeptNode]:
    """Return those of some nodes that an audit saw, by name.

    Args:
        document: of the audit.
        names: of the nodes.
    """
    return {name: node for name, (_, node) in _nodes(document).items() if name in names and node["reachable"]}


def _cluster(name: str, old: KeptCluster | None, new: KeptCluster | None) -> Iterator[Change]:
    if new is None and old is not None:
        yield Change(Kind.GONE, name, None, None, _of_cluster(old), None)
    elif old is None and new is not None:
        yield Change(Kind.NEW, name, None, None, None, _of_cluster(new))
    was, now = findings_of(old), findings_of(new)
    # Of a cluster that was not seen whole, nothing is known to be better.
    whole = new is not None and all(node["reachable"] for node in new["nodes"])
    yield from _findings(name, None, was if new is not None else {}, now, better=whole)


def _node(
    old: tuple[KeptCluster, KeptNode] | None, new: tuple[KeptCluster, KeptNode] | None, last_seen: KeptNode | None
) -> Iterator[Change]:
    if new is None:
        if old is not None:
            cluster, was = old
            yield Change(Kind.GONE, cluster["name"], was["name"], None, _of_node(was), None)
        return
    cluster, now = new
    where = cluster["name"], now["name"]
    known = {**findings_of(last_seen), **findings_of(old[1] if old else None)}
    yield from _findings(*where, known, findings_of(now), better=now["reachable"])
    if old is None:
        yield Change(Kind.NEW, *where, None, None, _of_node(now))
        return
    was = old[1]
    if not now["reachable"]:
        if was["reachable"]:
            yield Change(Kind.UNSEEN, *where, None, None, {"error": now["error"]})
        return
    if not was["reachable"]:
        yield Change(Kind.SEEN, *where, None, {"error": was["error"]}, _of_node(now))
        if last_seen is None:
            # Nobody knows since when it is so: what is not in order is told, as it would otherwise never be.
            yield from (
                Change(Kind.WORSE, *where, one["use"], None, _facts(one))
                for one in now["certificates"]
                if one["severity"] != Severity.OK
            )
            return
        was = last_seen
    yield from _certificates(*where, _places(was), _places(now))


def _certificates(
    cluster: str | None,
    node: str,
    old: Mapping[tuple[str, int], KeptCertificate],
    new: Mapping[tuple[str, int], KeptCertificate],
) -> Iterator[Change]:
    for key in dict.fromkeys((*new, *old)):
        one, other = old.get(key), new.get(key)
        kind = _kind(one, other)
        if kind is not None:
            yield Change(kind, cluster, node, key[0], _facts(one), _facts(other))


def _findings(cluster: str | None, node: str | None, old: Findings, new: Findings, *, better: bool) -> Iterator[Change]:
    for key in dict.fromkeys((*new, *old)):
        one, other = old.get(key), new.get(key)
        by = _badness(other) - _badness(one)
        if by > 0 or (by < 0 and better):
            yield Change(Kind.WORSE if by > 0 else Kind.BETTER, cluster, node, key[0], one, other)


def _kind(old: KeptCertificate | None, new: KeptCertificate | None) -> Kind | None:
    if old is None:
        return Kind.NEW
    if new is None:
        return Kind.GONE
    by = _badness(new) - _badness(old)
    if by <= 0 and _identity(old) != _identity(new) and None not in (old["serial"], new["serial"]):
        return Kind.RENEWED if (new["not_after"] or "") > (old["not_after"] or "") else Kind.REPLACED
    return Kind.WORSE if by > 0 else Kind.BETTER if by < 0 else None


def _badness(one: KeptCertificate | ChangedSide | None) -> int:
    # What is not there is as good as what is in order.
    return Severity.OK.rank - rank(one["severity"]) if one else 0


def _identity(certificate: KeptCertificate) -> tuple[str | None, ...]:
    return certificate["serial"], certificate["issuer"], certificate["not_after"]


def _facts(certificate: KeptCertificate | None) -> ChangedSide | None:
    if certificate is None:
        return None
    return {
        "severity": certificate["severity"],
        "not_after": certificate["not_after"],
        "serial": certificate["serial"],
        "subject": certificate["subject"],
        "file": certificate["file"],
    }


def _of_cluster(cluster: KeptCluster) -> ChangedSide:
    """Return how many nodes a cluster has, and how bad the worst of its certificates is."""
    rows = [one for node in cluster["nodes"] for one in node["certificates"]]
    return {"severity": _worst(rows), "nodes": len(cluster["nodes"])}


def _of_node(node: KeptNode) -> ChangedSide:
    """Return how many certificates a node has, and how bad the worst of them is."""
    return {"severity": _worst(node["certificates"]), "certificates": len(node["certificates"])}


def _worst(rows: Sequence[KeptCertificate]) -> Severity:
    return worst(one["severity"] for one in rows) if rows else Severity.UNKNOWN


def _seen(found: tuple[KeptCluster, KeptNode]) -> bool:
    return bool(found[1]["reachable"])


def _clusters(document: KeptAudit) -> dict[str, KeptCluster]:
    return {name: cluster for cluster in document["clusters"] if (name := cluster["name"]) is not None}


def _nodes(document: KeptAudit) -> dict[str, tuple[KeptCluster, KeptNode]]:
    return {node["name"]: (cluster, node) for cluster in document["clusters"] for node in cluster["nodes"]}


def _place(one: Change) -> tuple[int, str, str, str]:
    return _ORDER.index(one.kind), one.cluster or "~", one.node or "", one.use or ""


def _places(node: KeptNode) -> dict[tuple[str, int], KeptCertificate]:
    """Certificates by use and their number there: names of files change with each renewal."""
    places: dict[tuple[str, int], KeptCertificate] = {}
    counts: dict[str, int] = {}
    for certificate in node["certificates"]:
        use = certificate["use"]
        places[use, counts.get(use, 0)] = certificate
        counts[use] = counts.get(use, 0) + 1
    return places
