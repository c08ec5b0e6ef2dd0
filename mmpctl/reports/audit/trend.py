"""How a fleet's certificates have fared from audit to audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmpctl.documents.audit import AuditDocument
from mmpctl.documents.history import KeptCounts
from mmpctl.history.severity_counts import severity_counts
from mmpctl.reports.audit.counts import counts
from mmpctl.severity import BAD, STATES, Severity
from mmpctl.times import minute_of, read_iso

# The picture's own units; it is stretched to the width that there is.
WIDTH, HEIGHT = 600, 100
_LINES = (
    ("expired or unfit", "bad", BAD),
    ("due", "warn", (Severity.DUE,)),
    ("unknown", "ask", (Severity.UNKNOWN,)),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the picture.

    Args:
        name: what it counts.
        kind: of its severity.
        points: of an SVG polyline.
        first: the count of the first audit.
        last: the count of the last one.
    """

    name: str
    kind: str
    points: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Trend:
    """Counts over time.

    Args:
        audits: each with `at` and `counts`, the oldest first; the present one is the last.
        top: the greatest count in the picture.
        lines: of the picture.
        since: what has changed since the audit before, in words.
    """

    audits: tuple[KeptCounts, ...]
    top: int
    lines: tuple[Line, ...]
    since: str


def trend(document: AuditDocument, history: Sequence[KeptCounts]) -> Trend | None:
    """Return the trend; None if there is no earlier audit.

    Args:
        document: of `mmpctl audit`.
        history: audits of before, the oldest first; it may end with the present one.
    """
    audits = [one for one in history if one["at"] < document["at"]]
    if not audits:
        return None
    # What was kept of the present audit is counted like those before it.
    kept = next((one for one in history if one["at"] == document["at"]), None)
    audits.append(kept or {"at": document["at"], "counts": severity_counts(counts(document).severities)})
    numbers = [[sum(_count(one, name) for name in names) for one in audits] for _, _, names in _LINES]
    top = max(max(line) for line in numbers)
    begin = read_iso(audits[0]["at"])
    length = (read_iso(audits[-1]["at"]) - begin).total_seconds()
    places = [WIDTH * (read_iso(one["at"]) - begin).total_seconds() / length for one in audits]
    lines = tuple(
        Line(name, kind, _points(places, line, top), line[0], line[-1])
        for (name, kind, _), line in zip(_LINES, numbers, strict=True)
    )
    return Trend(tuple(audits), top, lines, _since(audits[-2], audits[-1]))


def _points(places: Sequence[float], counts: Sequence[int], top: int) -> str:
    return " ".join(
        f"{x:.1f},{HEIGHT - HEIGHT * count / (top or 1):.1f}" for x, count in zip(places, counts, strict=True)
    )


def _since(before: KeptCounts, now: KeptCounts) -> str:
    changes = [(name, _count(now, name) - _count(before, name)) for name in STATES]
    told = ", ".join(f"{'+' if change > 0 else '−'}{abs(change)} {name}" for name, change in changes if change)
    return f"Since the previous audit ({minute_of(before['at'])}): {told or 'the same counts'}."


def _count(audit: KeptCounts, severity: Severity) -> int:
    numbers: Mapping[str, Any] = audit["counts"]
    return int(numbers[severity])
