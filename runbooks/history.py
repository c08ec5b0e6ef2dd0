"""What changed since an earlier audit, out of the history."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mmpctl.errors import UsageError
from mmpctl.history.changes import changes

if TYPE_CHECKING:
    from mmpctl.history.store import History


def run(history: History, since: datetime | None = None) -> dict[str, Any]:
    """The document of `mmpctl history`: the last audit against an earlier one.

    Args:
        history: where the audits are kept.
        since: against the last one at this time or earlier, aware, UTC; by default against the one before the last.

    Raises:
        UsageError: there is nothing to compare, or the history cannot be read.
    """
    last = history.last()
    if last is None:
        raise UsageError("no audit has been kept yet", code="history", advice="`mmpctl audit --history FILE` keeps one")
    earlier = history.last(until=since) if since is not None else history.last(before=last["at"])
    if earlier is None:
        when = f"from {since:%Y-%m-%d %H:%M} UTC or before" if since else f"before that of {last['at']}"
        raise UsageError(f"no audit {when} has been kept", code="history", advice="compare with a later day")
    return {
        "schema": 1,
        "command": "history",
        "before": earlier["at"],
        "after": last["at"],
        "changes": [asdict(one) for one in changes(earlier, last)],
        "counts": history.counts(),
    }
