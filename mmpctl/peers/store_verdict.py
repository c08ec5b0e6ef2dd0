"""Whether a store accepts what a service presents, because of which certificate in it, and until when.

A store of release 3 covers a certificate by itself or by its CA; one of release 2 is a list of exact certificates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mmpctl.enums import Word
from mmpctl.peers.held import Held


class Verdict(Word):
    """What a store makes of a certificate."""

    CA = "ca"  # it holds a CA of it, with the root
    LEAF = "leaf"  # it holds only that very certificate: the next one must be added before it is used
    NO_ROOT = "no root"  # it holds a CA of it, and not the root: releases may differ
    REFUSED = "refused"  # it holds neither
    NOT_SET = "not set"  # there is no store, and without one nobody is accepted
    UNCHECKED = "unchecked"  # there is no store, and without one everybody is accepted
    UNKNOWN = "unknown"  # the certificate or the store could not be read


ACCEPTING = frozenset({Verdict.LEAF, Verdict.CA, Verdict.NO_ROOT})


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The verdict of a store on what a service presents.

    Args:
        verdict: accepted or not, and how.
        by: the certificate in the store that decides; None if there is none.
        until: when the first certificate ends that the verdict rests on; None if it rests on none.
    """

    verdict: Verdict
    by: Held | None = None
    until: datetime | None = None


def judge(presented: Sequence[Held], store: Sequence[Held], *, listed: bool) -> Acceptance:
    """Return what a store makes of a certificate.

    Args:
        presented: the leaf, then the CAs that it was found to be signed by, in their order; at least the leaf.
        store: the certificates in the store, in any order.
        listed: it is a list of exact certificates, in which no CA counts.
    """
    leaf = presented[0]
    own = next((one for one in store if one.sha256 == leaf.sha256), None)
    by_ca = None if listed else _by_a_ca(presented, store)
    if by_ca is not None and by_ca.verdict is Verdict.CA:
        return by_ca
    if own is not None:
        return Acceptance(Verdict.LEAF, own, leaf.not_after)
    return by_ca or Acceptance(Verdict.REFUSED)


@dataclass(frozen=True, slots=True)
class _Way:
    """A way up from the leaf: the first certificate of the store on it, the highest so far, and how long all hold."""

    anchor: Held
    top: Held
    until: datetime


def _by_a_ca(presented: Sequence[Held], store: Sequence[Held]) -> Acceptance | None:
    """Return the way to a root in the store that holds longest, as whoever checks takes one that holds; else the way
    that ends below a root. Each certificate is passed once, by the best way to it: a store may be of any size.
    """
    best: dict[str, _Way] = {}
    passed: set[str] = set()
    first: _Way | None = None
    more = list(_beginnings(presented, store))
    while True:
        for way in more:
            known = best.get(way.top.sha256)
            if way.top.sha256 not in passed and (known is None or known.until < way.until):
                best[way.top.sha256] = way
        if not best:
            break
        way = best.pop(max(best, key=lambda one: best[one].until))
        first = first or way
        if way.top.is_root:
            return Acceptance(Verdict.CA, way.anchor, way.until)
        passed.add(way.top.sha256)
        above = (one for one in store if one.may_have_signed(way.top))
        more = [_Way(way.anchor, one, min(way.until, one.not_after)) for one in above]
    return Acceptance(Verdict.NO_ROOT, first.anchor, first.until) if first is not None else None


def _beginnings(presented: Sequence[Held], store: Sequence[Held]) -> Iterator[_Way]:
    until = presented[0].not_after
    for below in presented:
        until = min(until, below.not_after)
        for one in store:
            if one.sha256 != below.sha256 and one.may_have_signed(below):
                yield _Way(one, one, min(until, one.not_after))
