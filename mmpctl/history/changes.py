"""What changed between two audits. Pure: documents in, changes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]

NEW, GONE, RENEWED, REPLACED, WORSE, BETTER, UNSEEN = (
    "new",
    "gone",
    "renewed",
    "replaced",
    "worse",
    "better",
    "not seen",
)
ORDER = (WORSE, UNSEEN, GONE, REPLACED, NEW, RENEWED, BETTER)
_BADNESS = ("ok", "due", "unknown", "unfit", "expired")


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    Args:
        kind: one of `ORDER`.
        cluster: where; None for a node without one.
        node: where.
        use: of the certificate; None for a whole node.
        before: what was there: severity, end and serial, as far as known.
        after: what is there now, likewise.
    """

    kind: str
    cluster: str | None
    node: str
    use: str | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def changes(before: Document, after: Document) -> tuple[Change, ...]:
    """What changed; only nodes that both audits were about are compared, and only certificates that both saw.

    Args:
        before: the document of the earlier audit.
        after: that of the later one.
    """
    old, new = _nodes(before), _nodes(after)
    found: list[Change] = []
    for name in [*new, *(name for name in old if name not in new)]:
        found += _node(old.get(name), new.get(name))
    return tuple(sorted(found, key=lambda one: (ORDER.index(one.kind), one.cluster or "~", one.node, one.use or "")))


def _node(old: tuple[Document, Document] | None, new: tuple[Document, Document] | None) -> Iterator[Change]:
    if old is None or new is None:
        # It may have been filtered out: that is no change of the fleet.
        return
    (_, was), (cluster, now) = old, new
    if not now["reachable"]:
        if was["reachable"]:
            yield Change(UNSEEN, cluster["name"], now["name"], None, None, {"error": now["error"]})
        return
    if not was["reachable"]:
        return
    places, present = _places(was), _places(now)
    for key in [*present, *(key for key in places if key not in present)]:
        one, other = places.get(key), present.get(key)
        kind = _kind(one, other)
        if kind is not None:
            yield Change(kind, cluster["name"], now["name"], key[0], _facts(one), _facts(other))


def _kind(old: Document | None, new: Document | None) -> str | None:
    if old is None:
        return NEW
    if new is None:
        return GONE
    if _identity(old) != _identity(new) and None not in (old["serial"], new["serial"]):
        return RENEWED if (new["not_after"] or "") > (old["not_after"] or "") else REPLACED
    by = _BADNESS.index(new["severity"]) - _BADNESS.index(old["severity"])
    return WORSE if by > 0 else BETTER if by < 0 else None


def _identity(certificate: Document) -> tuple[Any, ...]:
    return certificate["serial"], certificate["issuer"], certificate["not_after"]


def _facts(certificate: Document | None) -> Mapping[str, Any] | None:
    if certificate is None:
        return None
    return {name: certificate[name] for name in ("severity", "not_after", "serial", "subject", "file")}


def _nodes(document: Document) -> dict[str, tuple[Document, Document]]:
    return {node["name"]: (cluster, node) for cluster in document["clusters"] for node in cluster["nodes"]}


def _places(node: Document) -> dict[tuple[str, int], Document]:
    """Certificates by use and their number there: names of files change with each renewal."""
    places: dict[tuple[str, int], Document] = {}
    counts: dict[str, int] = {}
    certificates: Sequence[Document] = node["certificates"]
    for certificate in certificates:
        use = certificate["use"]
        places[use, counts.get(use, 0)] = certificate
        counts[use] = counts.get(use, 0) + 1
    return places
