"""How many certificates an audit saw of each severity, as its document and the history hold it."""

from __future__ import annotations

from collections.abc import Mapping

from mmpctl.documents.history import SeverityCounts
from mmpctl.severity import Severity


def severity_counts(numbers: Mapping[str, object]) -> SeverityCounts:
    """Return the counts of all severities; 0 for those that are not counted.

    Args:
        numbers: counts by severity, other entries beside them.
    """

    def counted(severity: Severity) -> int:
        number = numbers.get(severity, 0)
        return number if isinstance(number, int) else 0

    return {
        "expired": counted(Severity.EXPIRED),
        "unfit": counted(Severity.UNFIT),
        "unknown": counted(Severity.UNKNOWN),
        "due": counted(Severity.DUE),
        "ok": counted(Severity.OK),
    }
