"""The picture of all certificates in time: a lane for each cluster, a mark where certificates expire."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mmpctl.documents.audit import AuditDocument
from mmpctl.reports.audit.rows import Flat, flat
from mmpctl.reports.audit.view import ALONE, KINDS, within
from mmpctl.severity import Severity, rank, worst
from mmpctl.times import read_iso

# Days from the audit and their places. The next three months have half of the picture: there the work is.
_SCALE = (
    (-60, 0, ""),
    (0, 80, "today"),
    (7, 190, "7 days"),
    (30, 340, "30 days"),
    (90, 560, "90 days"),
    (365, 810, "a year"),
    (730, 1000, "2 years"),
)
_LANES = 20
# Marks nearer than this are one, so that each has room for its count.
_ROOM = 26


@dataclass(frozen=True, slots=True)
class Mark:
    """Certificates of one lane that expire at about the same time.

    Args:
        x: place in the picture, 0 to 1000.
        count: how many.
        severity: the worst of them.
        told: what they are, for who points at it.
    """

    x: float
    count: int
    severity: Severity
    told: str


@dataclass(frozen=True, slots=True)
class Lane:
    """The certificates of one cluster in time.

    Args:
        name: the cluster.
        marks: from left to right.
        beyond: how many expire after the end of the picture.
        first: the day of the first end.
        counts: how many end within each horizon.
    """

    name: str
    marks: tuple[Mark, ...]
    beyond: int
    first: str
    counts: tuple[int, ...]


def lanes(document: AuditDocument) -> tuple[tuple[Lane, ...], int]:
    """Return the lanes, those with the nearest ends first; and how many clusters are left out.

    Args:
        document: of `mmpctl audit`.
    """
    at = read_iso(document["at"])
    groups: dict[str, list[tuple[str, Flat]]] = {}
    for row in flat(document["clusters"]):
        if row.certificate is not None and row.certificate["not_after"] is not None:
            groups.setdefault(str(row.cluster["name"] or ALONE), []).append((row.certificate["not_after"], row))
    for among in groups.values():
        among.sort(key=lambda one: one[0])
    first = sorted(groups, key=lambda name: (name == ALONE, groups[name][0][0], name))
    return tuple(_lane(name, groups[name], at) for name in first[:_LANES]), max(len(first) - _LANES, 0)


def scale() -> tuple[tuple[int, str], ...]:
    """Places in the picture and what stands there."""
    return tuple((x, name) for _, x, name in _SCALE if name)


def _lane(name: str, rows: Sequence[tuple[str, Flat]], at: datetime) -> Lane:
    near: list[tuple[float, list[tuple[str, Flat]]]] = []
    beyond = 0
    for end, row in rows:
        days = (read_iso(end) - at).total_seconds() / 86400
        if days > _SCALE[-1][0]:
            beyond += 1
            continue
        x = _place(days)
        if near and x - near[-1][0] < _ROOM:
            near[-1][1].append((end, row))
        else:
            near.append((x, [(end, row)]))
    counts = within(row.certificate["days_left"] for _, row in rows if row.certificate is not None)
    return Lane(name, tuple(_mark(x, among) for x, among in near), beyond, rows[0][0][:10], tuple(counts))


def _place(days: float) -> float:
    right = min(max(bisect_right([day for day, _, _ in _SCALE], days), 1), len(_SCALE) - 1)
    (day, x, _), (later, end, _) = _SCALE[right - 1], _SCALE[right]
    return x + (end - x) * max(days - day, 0) / (later - day)


def _mark(x: float, rows: Sequence[tuple[str, Flat]]) -> Mark:
    counts: dict[str, int] = {}
    for _, row in rows:
        counts[row.severity] = counts.get(row.severity, 0) + 1
    end, first = rows[0]
    use = first.certificate["use"] if first.certificate else ""
    more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
    told = f"{_counts(counts.items())}; {end[:10]}: {first.node['name']} {use}{more}"
    return Mark(x, len(rows), worst(counts), told)


def _counts(counts: Iterable[tuple[str, int]]) -> str:
    known = sorted(counts, key=lambda one: rank(one[0]))
    return ", ".join(f"{count} {severity}" for severity, count in known if severity in KINDS)
