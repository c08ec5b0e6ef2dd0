"""The exit codes of the contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

DONE, UNEXPECTED, USAGE, DUE, EXPIRED, REFUSED = 0, 1, 2, 3, 4, 5
STOPPED, LOOK, UNVERIFIED, LOCKED, DIFFERENT = 6, 7, 8, 9, 10
# What a shell gives a command that Ctrl-C ended.
INTERRUPTED = 130

# The whole table is in docs/reference.md; the help of a command has the lines that can happen there.
MEANINGS: Mapping[int, str] = {
    DONE: "done, or nothing to do",
    UNEXPECTED: "unexpected error",
    USAGE: "usage, inventory or selection",
    DUE: "something is due soon",
    EXPIRED: "something is expired or unfit",
    REFUSED: "refused, nothing changed",
    STOPPED: "stopped, safe; `mmpctl resume` goes on",
    LOOK: "stopped, a person must look",
    UNVERIFIED: "finished, but the check afterwards failed",
    LOCKED: "locked by another run",
    DIFFERENT: "several clusters or nodes with different outcomes",
    INTERRUPTED: "ended by Ctrl-C",
}


def exit_code(codes: Iterable[int]) -> int:
    """Return the exit code of several clusters: theirs if they agree, else 10.

    Args:
        codes: each cluster's own.
    """
    distinct = set(codes)
    if not distinct:
        return DONE
    return distinct.pop() if len(distinct) == 1 else DIFFERENT
