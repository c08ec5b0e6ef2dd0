"""What the audit's page shows, worked out: counts, horizons, lanes, matrix, rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from mmpctl.reports.audit_rows import Flat, flat
from mmpctl.reports.parts import Document

SEVERITIES = ("expired", "unfit", "unknown", "due", "ok")
SIGNS = {"expired": "✗", "unfit": "✗", "unknown": "?", "due": "!", "ok": "✓"}
KINDS = {"expired": "bad", "unfit": "bad", "unknown": "ask", "due": "warn", "ok": "good"}
_HORIZONS = (
    (0, "expired"),
    (7, "within 7 days"),
    (30, "within 30 days"),
    (90, "within 90 days"),
    (365, "within a year"),
)
_LATER = "later"
ALONE = "(no cluster)"
# The picture: days before and after the audit, and how many places there are for marks.
_PAST, _FUTURE, _BINS = 60, 730, 395
_LANES = 40


@dataclass(frozen=True, slots=True)
class Horizon:
    """How many certificates expire within a time.

    Args:
        name: of the time.
        count: how many, without those of the times before it.
        left: where its part of the bar begins, percent.
        width: how wide it is, percent.
    """

    name: str
    count: int
    left: float
    width: float


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
    severity: str
    told: str


@dataclass(frozen=True, slots=True)
class Lane:
    """The certificates of one cluster in time.

    Args:
        name: the cluster.
        marks: from left to right.
        beyond: how many expire after the end of the picture.
    """

    name: str
    marks: tuple[Mark, ...]
    beyond: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """The fleet at a glance.

    Args:
        uses: the columns.
        rows: each cluster's worst severity for each use, None where it has none.
    """

    uses: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str | None, ...]], ...]


def horizons(document: Document) -> tuple[Horizon, ...]:
    """The horizon bar.

    Args:
        document: of `mmpctl audit`.
    """
    counts = dict.fromkeys((*(name for _, name in _HORIZONS), _LATER), 0)
    for row in flat(document):
        days = row.certificate["days_left"] if row.certificate else None
        if days is not None:
            counts[next((name for limit, name in _HORIZONS if days < limit), _LATER)] += 1
    total, left = sum(counts.values()) or 1, 0.0
    shown = []
    for name, count in counts.items():
        width = 100 * count / total
        shown.append(Horizon(name, count, left, width))
        left += width
    return tuple(shown)


def lanes(document: Document) -> tuple[tuple[Lane, ...], int]:
    """The lanes of the picture, those with the nearest ends first; and how many clusters are left out.

    Args:
        document: of `mmpctl audit`.
    """
    at = _time(document["at"])
    groups: dict[str, list[Flat]] = {}
    for row in flat(document):
        if row.certificate is not None and row.certificate["not_after"] is not None:
            groups.setdefault(_cluster(row), []).append(row)
    first = sorted(groups, key=lambda name: min(str((row.certificate or {})["not_after"]) for row in groups[name]))
    return tuple(_lane(name, groups[name], at) for name in first[:_LANES]), max(len(first) - _LANES, 0)


def _lane(name: str, rows: Sequence[Flat], at: datetime) -> Lane:
    bins: dict[int, list[Flat]] = {}
    beyond = 0
    for row in rows:
        days = (_time((row.certificate or {})["not_after"]) - at).total_seconds() / 86400
        if days > _FUTURE:
            beyond += 1
            continue
        place = max(days + _PAST, 0) / (_PAST + _FUTURE)
        bins.setdefault(round(place * (_BINS - 1)), []).append(row)
    return Lane(name, tuple(_mark(number, bins[number]) for number in sorted(bins)), beyond)


def _mark(number: int, rows: Sequence[Flat]) -> Mark:
    worst = min((row.severity for row in rows), key=SEVERITIES.index)
    one = rows[0].certificate or {}
    told = f"{one['not_after'][:10]}: {rows[0].node['name']} {one['use']}"
    more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
    return Mark(1000 * number / (_BINS - 1), len(rows), worst, f"{worst}, {told}{more}")


def scale() -> tuple[tuple[float, str], ...]:
    """Places in the picture and what stands there."""
    days = ((0, "today"), (90, "90 days"), (365, "a year"), (730, "2 years"))
    return tuple((1000 * (day + _PAST) / (_PAST + _FUTURE), name) for day, name in days)


def matrix(document: Document) -> Matrix:
    """The fleet matrix, the worst clusters first.

    Args:
        document: of `mmpctl audit`.
    """
    cells: dict[str, dict[str, str]] = {}
    uses: dict[str, None] = {}
    for row in flat(document):
        cell = cells.setdefault(_cluster(row), {})
        use = row.certificate["use"] if row.certificate else "not seen"
        uses[use] = None
        cell[use] = min(cell.get(use, "ok"), row.severity, key=SEVERITIES.index)
    order = sorted(cells, key=lambda name: (min(map(SEVERITIES.index, cells[name].values())), name))
    return Matrix(tuple(uses), tuple((name, tuple(cells[name].get(use) for use in uses)) for name in order))


def rows(document: Document) -> Iterator[dict[str, Any]]:
    """Every row of the table with its details, the worst and the nearest end first.

    Args:
        document: of `mmpctl audit`.
    """
    every = sorted(flat(document), key=_rank)
    for row in every:
        one: Mapping[str, Any] = row.certificate or {}
        yield {
            "site": row.node.get("site") or row.cluster["site"] or "",
            "cluster": _cluster(row),
            "node": row.node["name"],
            "use": one.get("use", "not seen"),
            "file": one.get("file", ""),
            "end": (one.get("not_after") or "")[:10],
            "days": one.get("days_left"),
            "severity": row.severity,
            "details": {name: one.get(name) for name in _DETAILS if one.get(name) not in (None, "", [])},
            "findings": [
                {name: found.get(name, "") for name in ("severity", "message", "why", "cure")}
                for found in ((row.certificate or {}).get("findings") or row.node.get("findings", ()))
            ],
        }


_DETAILS = (
    "subject", "issuer", "serial", "not_before", "not_after", "chain", "key", "key_fits", "algorithm", "sha256",
    "source", "used_by",
)  # fmt: skip


def _rank(row: Flat) -> tuple[int, int, str, str]:
    days = row.certificate["days_left"] if row.certificate else None
    return SEVERITIES.index(row.severity), 99999 if days is None else days, _cluster(row), row.node["name"]


def _cluster(row: Flat) -> str:
    return str(row.cluster["name"] or ALONE)


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
