"""The exit codes of the contract."""

from __future__ import annotations

from collections.abc import Iterable

DONE, UNEXPECTED, USAGE, DUE, EXPIRED, REFUSED = 0, 1, 2, 3, 4, 5
STOPPED, LOOK, UNVERIFIED, LOCKED, DIFFERENT = 6, 7, 8, 9, 10


def exit_code(codes: Iterable[int]) -> int:
    """Return the exit code of several clusters: theirs if they agree, else 10.

    Args:
        codes: each cluster's own.
    """
    distinct = set(codes)
    if not distinct:
        return DONE
    return distinct.pop() if len(distinct) == 1 else DIFFERENT
