"""What changed from one audit to another. Only nodes that both have seen are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from mmpctl.history.kept import WORST_FIRST, KeptCertificate, KeptNode

NEW, GONE, RENEWED, REPLACED = "new", "gone", "renewed", "replaced"
WORSE, BETTER, NOT_SEEN = "worse", "better", "not seen"
KINDS = (WORSE, NOT_SEEN, REPLACED, GONE, NEW, RENEWED, BETTER)

_Pair = tuple[KeptCertificate, KeptCertificate]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was.

    Args:
        kind: `new`, `gone`; `renewed`: another certificate, that ends later; `replaced`: another, that does not;
            `worse`, `better`: its severity; `not seen`: the node, that was seen before.
        node: where, as the later audit knows it.
        before: the certificate; None for a new one, and for a node.
        after: the certificate; None for one that is gone, and for a node.
    """

    kind: str
    node: KeptNode
    before: KeptCertificate | None = None
    after: KeptCertificate | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """Two audits beside each other.

    Args:
        changes: the worst first.
        compared: how many nodes both have seen.
        not_asked: nodes that only the earlier one asked.
        added: nodes that only the later one asked.
        seen_again: nodes that the later one saw, and the earlier one did not.
    """

    changes: tuple[Change, ...]
    compared: int
    not_asked: tuple[str, ...]
    added: tuple[str, ...]
    seen_again: tuple[str, ...]


def difference(before: Iterable[KeptNode], after: Iterable[KeptNode]) -> Difference:
    """Compare two audits.

    Args:
        before: the nodes of the earlier one.
        after: the nodes of the later one.
    """
    earlier, later = ({node.name: node for node in nodes} for nodes in (before, after))
    both = [name for name in later if name in earlier]
    seen = [name for name in both if earlier[name].error is None and later[name].error is None]
    changes = [change for name in seen for change in _changes(earlier[name], later[name])]
    changes += [
        Change(NOT_SEEN, later[name]) for name in both if earlier[name].error is None and later[name].error is not None
    ]
    return Difference(
        changes=tuple(sorted(changes, key=_rank)),
        compared=len(seen),
        not_asked=tuple(name for name in earlier if name not in later),
        added=tuple(name for name in later if name not in earlier),
        seen_again=tuple(name for name in both if earlier[name].error is not None and later[name].error is None),
    )


def _changes(before: KeptNode, after: KeptNode) -> Iterator[Change]:
    pairs, gone, new = _paired(before.certificates, after.certificates)
    for old, now in pairs:
        kind = _kind(old, now)
        if kind is not None:
            yield Change(kind, after, old, now)
        worse = WORST_FIRST.index(old.severity) - WORST_FIRST.index(now.severity)
        if worse > 0:
            yield Change(WORSE, after, old, now)
        elif worse < 0 and kind is None:
            yield Change(BETTER, after, old, now)
    # Of a file that could not be read, one row tells that; the others that were in it are neither gone nor new.
    for one in gone:
        if not _is_hidden(one, after.certificates):
            yield Change(GONE, after, before=one)
    for one in new:
        if not _is_hidden(one, before.certificates):
            yield Change(NEW, after, after=one)


def _kind(old: KeptCertificate, now: KeptCertificate) -> str | None:
    if old.is_same(now) or not (old.is_known and now.is_known):
        return None
    later = old.not_after is not None and now.not_after is not None and now.not_after > old.not_after
    return RENEWED if later else REPLACED


def _is_hidden(one: KeptCertificate, there: Iterable[KeptCertificate]) -> bool:
    return any(not other.is_known and (other.file == one.file or other.use == one.use) for other in there)


def _paired(
    before: Sequence[KeptCertificate], after: Sequence[KeptCertificate]
) -> tuple[list[_Pair], list[KeptCertificate], list[KeptCertificate]]:
    """Which certificate came in place of which; then those that are left, of before and of now.

    One that only moved within its file or to another name is no change; a file that was renamed with its renewal is
    known by use and place.
    """
    rules: tuple[Callable[[KeptCertificate, KeptCertificate], bool], ...] = (
        lambda old, now: _slot(old) == _slot(now) and old.is_same(now),
        lambda old, now: old.use == now.use and old.is_same(now),
        lambda old, now: _slot(old) == _slot(now),
        lambda old, now: (old.use, old.place) == (now.use, now.place),
    )
    pairs: list[_Pair] = []
    left, right = list(before), list(after)
    for fits in rules:
        rest = []
        for old in left:
            found = next((number for number, now in enumerate(right) if fits(old, now)), None)
            if found is None:
                rest.append(old)
            else:
                pairs.append((old, right.pop(found)))
        left = rest
    return pairs, left, right


def _slot(one: KeptCertificate) -> tuple[str, str | None, int]:
    return one.use, one.file, one.place


def _rank(change: Change) -> tuple[int, int, str, str, str]:
    now = change.after or change.before
    severity = WORST_FIRST.index(now.severity) if now else WORST_FIRST.index("unknown")
    node = change.node
    return KINDS.index(change.kind), severity, node.cluster or "", node.name, now.use if now else ""
