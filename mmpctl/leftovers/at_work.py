"""Whether a run may be working on a node: by the runs folder, and by what other runs have left on the node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from mmpctl.cluster.foreign_runs import YOUNG
from mmpctl.cluster.marks import mark_of, run_of_backup
from mmpctl.cluster.status import DISABLED, DatabaseStatus
from mmpctl.times import read_stamp

_BAK = ".bak"


def runs_at_work(
    files: Iterable[str], status: DatabaseStatus | None, over: frozenset[str], now: datetime
) -> Iterator[str]:
    """Yield a sentence for each run that may still be working on a node.

    Args:
        files: names of all files on the node.
        status: what it shows of its database cluster.
        over: runs that have ended.
        now: the time, aware.
    """
    marks: set[str] = set()
    backups: set[str] = set()
    for file in files:
        mark = mark_of(file)
        backup = run_of_backup(file.removesuffix(_BAK)) if file.endswith(_BAK) else None
        marks |= {mark.run} if mark is not None else set()
        backups |= {backup} if backup is not None else set()
    apart = status is not None and status.status == DISABLED
    for run in sorted((marks | backups) - over):
        # Backups stay when a run has ended; a mark is left by one that was resumed, and by its end nobody may be sure.
        if run in marks or apart or _is_young(run, now):
            yield (
                f"the run {run}, which is not known here as ended, has left its "
                f"{'mark' if run in marks else 'backup'} on the node. Only when it is certain that nobody works on it "
                f"any more, go on with --other-run {run}"
            )


def _is_young(run: str, now: datetime) -> bool:
    try:
        return now - read_stamp(run[:15]) < YOUNG
    except ValueError:
        # No time can be told, so nobody knows that it is long ago.
        return True
