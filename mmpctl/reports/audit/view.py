"""What the parts of an audit's page share: severities and their signs, links that set its filters, and the horizons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from mmpctl.documents.audit import AuditDocument
from mmpctl.reports.audit.rows import flat
from mmpctl.severity import STATES, Severity

SIGNS = {one: one.sign for one in STATES}
# The classes of the page's style sheet.
KINDS: Mapping[str, str] = {
    Severity.EXPIRED: "bad",
    Severity.UNFIT: "bad",
    Severity.UNKNOWN: "ask",
    Severity.DUE: "warn",
    Severity.OK: "good",
}
NO_CLUSTER = "no cluster"
ALONE = f"({NO_CLUSTER})"
# Each time begins where the one before ends; these are the names of the filter `ends` as well.
HORIZONS: tuple[tuple[int | None, str], ...] = (
    (0, "expired"),
    (7, "within 7 days"),
    (30, "within 30 days"),
    (90, "within 90 days"),
    (365, "within a year"),
    (None, "later"),
)
# Those that could not be read have an end, too, that nobody knows.
NO_END = "not known"


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


def horizons(document: AuditDocument) -> tuple[Horizon, ...]:
    """Return the horizon bar.

    Args:
        document: of `mmpctl audit`.
    """
    days = [row.certificate["days_left"] for row in flat(document["clusters"]) if row.certificate is not None]
    names, counts = [name for _, name in HORIZONS], list(within(days))
    if None in days:
        names.append(NO_END)
        counts.append(days.count(None))
    total, left = sum(counts) or 1, 0.0
    shown = []
    for name, count in zip(names, counts, strict=True):
        width = 100 * count / total
        shown.append(Horizon(name, count, left, width))
        left += width
    return tuple(shown)


def within(days_left: Iterable[int | None]) -> Sequence[int]:
    """Return how many fall into each of the horizons.

    Args:
        days_left: of certificates; None if nobody knows.
    """
    counts = [0] * len(HORIZONS)
    for days in days_left:
        if days is not None:
            counts[next(n for n, (limit, _) in enumerate(HORIZONS) if limit is None or days < limit)] += 1
    return counts


def link(**wanted: str) -> str:
    """Return a link within the page that sets its filters to these, and clears the others.

    Args:
        wanted: names and values of filters.
    """
    return f"#{urlencode(wanted)}"
